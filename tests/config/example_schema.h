// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/schema.h"

/// One field of every type, in two tables and a table in a table.
inline filigree::config::Schema exampleSchema() {
    filigree::config::Schema schema;
    schema.group("model", "The network.");
    schema.integers("hidden", {512, 256}, "Units of each hidden layer.").atLeast(1).unit("units");
    schema.choice("activation", "relu", {"relu", "gelu", "tanh"}, "Function between the layers.");
    schema.boolean("bias", true, "Whether layers add a bias.");
    schema.group("sparsity", "How sparse, and where.");
    schema.real("density", 0.1, "Fraction of weights that are kept.").above(0).atMost(1).schedulable();
    schema.integer("interval_steps", 100, "Steps between two rounds.").range(1, 100000).unit("steps");
    schema.texts("dense_layers", {}, "Layers that stay dense.");
    schema.group("sparsity.schedule", "How the drop fraction falls.");
    schema.reals("knots", {0.5, 0.25}, "Drop fraction at equally spaced times.").range(0, 1);
    schema.text("note", "", "Free text.");
    return schema;
}
