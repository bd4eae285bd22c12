# Turns the committed digits (CSV) and their split (one number per line) into C++ arrays.
# Called at build time with -DROWS=<csv> -DORDER=<txt> -DOUTPUT=<cpp>.
file(READ "${ROWS}" rows)
file(READ "${ORDER}" order)
foreach(table rows order)
    string(REPLACE "\r" "" ${table} "${${table}}")
    if(NOT "${${table}}" MATCHES "^[0-9,\n]+$")
        message(FATAL_ERROR "The table of ${table} holds something other than numbers, commas and line ends")
    endif()
    string(REPLACE "\n" ",\n" ${table} "${${table}}")
endforeach()
file(WRITE "${OUTPUT}" "// Made by embed_digits.cmake; do not edit.
#include \"data/digits.h\"

namespace filigree::data::embedded {
static constexpr std::uint8_t rows[] = {
${rows}};
static constexpr std::uint16_t order[] = {
${order}};
static_assert(sizeof(rows) == digitsCount * 65);
static_assert(sizeof(order) == digitsCount * sizeof(std::uint16_t));
std::span<const std::uint8_t> digitRows() { return rows; }
std::span<const std::uint16_t> digitOrder() { return order; }
}  // namespace filigree::data::embedded
")
