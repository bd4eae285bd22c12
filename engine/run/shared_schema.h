// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "config/schema.h"
#include "methods/registry.h"

namespace filigree::run {

/// The groups that belong to the runner and that every run has, whatever its method: [run] (device, threads)
/// and [checkpoint] (every_seconds, every_steps, keep).
const config::Schema& sharedSchema();

/// Everything that can be said to a run of this method: the method's own groups, then the shared ones. A
/// method does not merge the shared groups itself; it gets a configuration that holds them too.
config::Schema schemaFor(const methods::Method& method);

/// The same for a registered method, made once. The form that config::parseRunFile wants
/// (config::SchemaFinder). Throws Error (Usage) with the nearest name if there is no such method.
const config::Schema& schemaOf(const std::string& method);

}  // namespace filigree::run
