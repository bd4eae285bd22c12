// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

namespace filigree {
namespace {

std::string join(const std::string& message, const std::string& where, const std::string& advice) {
    std::string text = message;
    if (!where.empty()) text += "\n  at: " + where;
    if (!advice.empty()) text += "\n  to do: " + advice;
    return text;
}

}  // namespace

Error::Error(ErrorKind kind, const std::string& message, std::string where, std::string advice)
    : std::runtime_error(join(message, where, advice)),
      kind_(kind),
      message_(message),
      where_(std::move(where)),
      advice_(std::move(advice)) {}

int Error::exitCode() const {
    switch (kind_) {
        case ErrorKind::Run: return 1;
        case ErrorKind::Usage: return 2;
        case ErrorKind::Data: return 3;
        case ErrorKind::Device: return 4;
    }
    return 1;
}

}  // namespace filigree
