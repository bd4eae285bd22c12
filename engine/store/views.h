// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace filigree::store {

class Database;

/// Makes the SQL views v_* that people query (assets/help/store.md), in place of any older ones.
void createViews(Database& database);

}  // namespace filigree::store
