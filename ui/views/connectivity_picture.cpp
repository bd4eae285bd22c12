// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/connectivity_picture.h"

#include "ui/views/connectivity_model.h"

namespace filigree::ui {
namespace {

constexpr std::int64_t mostMovedConnections = 200'000;
constexpr std::int64_t mostMovedRows = 4096;

std::string wordsOf(MatrixOrder order, const ChosenOrder& chosen, std::int64_t shownStep) {
    if (order == MatrixOrder::Index) return {};
    std::string words = order == MatrixOrder::FirstSeen ? "age" : std::string(nameOf(order));
    if (chosen.step != shownStep) words += " of step " + countText(chosen.step);
    return words;
}

/// Where the rows of `from` are that `to` puts first, second, …
std::vector<std::uint32_t> places(const std::vector<std::uint32_t>& from,
                                  const std::vector<std::uint32_t>& to, std::int64_t count) {
    std::vector<std::uint32_t> placeOf(static_cast<std::size_t>(count)), result(placeOf.size());
    for (std::size_t i = 0; i < placeOf.size(); ++i)
        placeOf[from.empty() ? i : from[i]] = static_cast<std::uint32_t>(i);
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = placeOf[to.empty() ? i : to[i]];
    return result;
}

}  // namespace

ChosenOrder chooseOrder(const store::Reader& reader, std::int64_t run, const std::string& layer,
                        std::int64_t step, MatrixOrder rows, MatrixOrder columns) {
    ChosenOrder chosen{rows, columns, step, {}};
    if (chosen.isIndex()) return chosen;
    const Connectivity pattern = loadConnectivity(reader, run, layer, step);
    chosen.step = pattern.step;
    chosen.places = placesBy(pattern, rows, columns);
    return chosen;
}

std::shared_ptr<const Connectivity> loadShown(const store::Reader& reader, std::int64_t run,
                                              const std::string& layer, std::int64_t step,
                                              const std::optional<Against>& against,
                                              const ChosenOrder& order) {
    Connectivity pattern = loadConnectivity(reader, run, layer, step);
    if (against) pattern = compare(reader, run, pattern, *against);
    if (!order.isIndex()) {
        pattern = reordered(pattern, order.places);
        pattern.rowOrder = wordsOf(order.rows, order, pattern.step);
        pattern.columnOrder = wordsOf(order.columns, order, pattern.step);
    }
    return std::make_shared<const Connectivity>(std::move(pattern));
}

std::vector<std::shared_ptr<const ConnectivityData>> reorderingFilm(const ConnectivityData& from,
                                                                    const Connectivity& to, int pictures) {
    const Connectivity& start = *from.pattern;
    const bool fits = start.layer == to.layer && start.step == to.step && start.rows == to.rows &&
                      start.columns == to.columns && start.column.size() == to.column.size();
    if (!fits || start.connections() > mostMovedConnections || start.rows > mostMovedRows ||
        start.columns > mostMovedRows || (start.rowIds == to.rowIds && start.columnIds == to.columnIds))
        return {};
    const MatrixPlaces end{places(start.rowIds, to.rowIds, start.rows),
                           places(start.columnIds, to.columnIds, start.columns)};
    const MatrixPlaces now{places({}, {}, start.rows), places({}, {}, start.columns)};
    std::vector<std::shared_ptr<const ConnectivityData>> film;
    for (int i = 1; i <= pictures; ++i) {
        // Slow at both ends.
        const double t = static_cast<double>(i) / (pictures + 1);
        const double share = t * t * (3 - 2 * t);
        film.push_back(prepare(
            std::make_shared<const Connectivity>(reordered(
                start, {between(now.rows, end.rows, share), between(now.columns, end.columns, share)})),
            from.colouring));
    }
    return film;
}

}  // namespace filigree::ui
