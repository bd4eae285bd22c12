// SPDX-License-Identifier: Apache-2.0
#include "run/shared_schema.h"

#include <map>

namespace filigree::run {

const config::Schema& sharedSchema() {
    static const config::Schema schema = [] {
        config::Schema s;
        s.group("run", "Where and how the run is computed.");
        s.text("device", "cpu",
               "What computes: cpu, vulkan (the first Vulkan device), or vulkan: and the number or a part of "
               "the name of one; "
               "see `filigree devices`.");
        s.choice(
            "fallback", "none", {"none", "cpu"},
            "What becomes of an operation that the device has no kernel for: an error, or the CPU does it.");
        s.integer("threads", 0,
                  "Threads that compute; 0 takes one per processor. The same bits need the same number, so a "
                  "run keeps "
                  "the one it started with.")
            .range(0, 1024);
        s.group("checkpoint", "When the state is saved, beside saving at a stop and at the end.");
        s.real("every_seconds", 60, "Save when so much time has passed since the last time; 0: not by time.")
            .atLeast(0)
            .unit("s");
        s.integer("every_steps", 0, "Save after every so many steps; 0: not by steps.")
            .atLeast(0)
            .unit("steps");
        s.integer("keep", 3, "How many of the newest checkpoints stay on the disk.").atLeast(1);
        return s;
    }();
    return schema;
}

config::Schema schemaFor(const methods::Method& method) {
    config::Schema schema = method.schema();
    schema.merge(sharedSchema());
    return schema;
}

const config::Schema& schemaOf(const std::string& method) {
    static const std::map<std::string, config::Schema, std::less<>> schemas = [] {
        std::map<std::string, config::Schema, std::less<>> all;
        for (const methods::Method& one : methods::all()) all.emplace(one.name, schemaFor(one));
        return all;
    }();
    return schemas.at(std::string(methods::find(method).name));
}

}  // namespace filigree::run
