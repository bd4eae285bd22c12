// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "store/scratch.h"
#include "store/writer.h"

/// A run that a test writes, a record at a time, while others look at the store of `scratch`.
class WrittenRun {
  public:
    WrittenRun(const Scratch& scratch, const std::string& name)
        : writer_(filigree::store::RunWriter::createRun(scratch.store(), exampleRun(name))) {}
    void end() { writer_->finish({}); }
    std::int64_t id() const { return writer_->run(); }

  protected:
    std::unique_ptr<filigree::store::RunWriter> writer_;
};
