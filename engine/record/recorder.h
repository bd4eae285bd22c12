// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "record/record.h"

namespace filigree::record {

/// What a method writes to. Implemented by the store. Not thread-safe: one run, one thread.
///
/// Calls copy what they need and return at once; they block only while a bounded queue is full, and never drop a
/// record silently (a store that cannot be written throws Error (Run) from a later call).
class Recorder {
  public:
    virtual ~Recorder() = default;

    /// `tag` has the form "group/name", e.g. "train/loss", "sparsity/exploration", "sparsity/density/fc1".
    virtual void scalar(std::string_view tag, double value, const Stamp& stamp) = 0;
    virtual void mask(const Mask& mask, const Stamp& stamp) = 0;
    virtual void edgeValues(const EdgeValues& values, const Stamp& stamp) = 0;
    virtual void rewiring(const Rewiring& rewiring, const Stamp& stamp) = 0;
    virtual void matrix(const Matrix& matrix, const Stamp& stamp) = 0;
    virtual void image(const Image& image, const Stamp& stamp) = 0;
    virtual void text(const Text& text, const Stamp& stamp) = 0;
    virtual void event(const Event& event, const Stamp& stamp) = 0;
    virtual void log(LogLevel level, std::string_view message, const Stamp& stamp) = 0;
};

/// Keeps nothing: for measurements and for evaluation outside a run.
class NullRecorder final : public Recorder {
  public:
    void scalar(std::string_view, double, const Stamp&) override {}
    void mask(const Mask&, const Stamp&) override {}
    void edgeValues(const EdgeValues&, const Stamp&) override {}
    void rewiring(const Rewiring&, const Stamp&) override {}
    void matrix(const Matrix&, const Stamp&) override {}
    void image(const Image&, const Stamp&) override {}
    void text(const Text&, const Stamp&) override {}
    void event(const Event&, const Stamp&) override {}
    void log(LogLevel, std::string_view, const Stamp&) override {}
};

}  // namespace filigree::record
