// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gpu/instance.h"
// After Vulkan's header.
#include <QGuiApplication>
#include <QTest>

#if defined(FILIGREE_SANITIZED) && defined(__linux__)
#include <dlfcn.h>

// What drivers and layers keep until the process ends is not ours. They are told by the name of their
// library, so they must still be loaded when leaks are counted.
extern "C" const char* __lsan_default_suppressions();   // NOLINT
extern "C" const char* __lsan_default_suppressions() {  // NOLINT
    return "leak:libVkLayer_khronos_validation\nleak:libvulkan_lvp\nleak:libLLVM\nleak:libvulkan.so\nleak:"
           "libdbus-1\n";
}
inline void keepDriversLoaded() {
    for (const char* name : {"libVkLayer_khronos_validation.so", "libvulkan_lvp.so", "libvulkan.so.1"})
        dlopen(name, RTLD_LAZY | RTLD_NODELETE);
}
#else
inline void keepDriversLoaded() {}
#endif

/// An instance with the validation layer on; a test ends with `verifySilent`.
inline std::shared_ptr<filigree::gpu::Instance> validatedInstance() {
    keepDriversLoaded();
    qputenv("FILIGREE_VULKAN_VALIDATION", "1");
    return filigree::gpu::Instance::shared();
}

/// The same for tests of windows, which it skips where there is no screen; null then.
inline std::shared_ptr<filigree::gpu::Instance> validatedScreen() {
    if (QGuiApplication::platformName() != QLatin1String("offscreen")) return validatedInstance();
    QTest::qSkip("needs a screen: packaging/test.sh makes one in memory", __FILE__, __LINE__);
    return nullptr;
}

/// Fails with the first message if the validation layer has reported anything.
inline void verifySilent(const filigree::gpu::Instance& instance) {
    QVERIFY2(instance.validated(), "the validation layer does not run");
    const auto messages = instance.validationMessages();
    QVERIFY2(messages.empty(), messages.empty() ? "" : messages.front().c_str());
}
