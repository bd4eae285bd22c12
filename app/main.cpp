// SPDX-License-Identifier: GPL-3.0-or-later
#include <string>
#include <vector>

#include "app/application.h"

int main(int count, char** words) {
    return filigree::app::runApplication(std::vector<std::string>(words + (count > 0 ? 1 : 0), words + count),
                                         filigree::app::standardStreams());
}
