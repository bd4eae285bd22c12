// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gpu/instance.h"
// After Vulkan's header.
#include <QTest>

/// An instance with the validation layer on; a test ends with `verifySilent`.
inline std::shared_ptr<filigree::gpu::Instance> validatedInstance() {
    qputenv("FILIGREE_VULKAN_VALIDATION", "1");
    return filigree::gpu::Instance::shared();
}

/// Fails with the first message if the validation layer has reported anything.
inline void verifySilent(const filigree::gpu::Instance& instance) {
    QVERIFY2(instance.validated(), "the validation layer does not run");
    const auto messages = instance.validationMessages();
    QVERIFY2(messages.empty(), messages.empty() ? "" : messages.front().c_str());
}
