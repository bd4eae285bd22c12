# Shaders become part of the libraries that use them.

find_program(FILIGREE_GLSLC glslc REQUIRED)

# filigree_shaders(<target> <folder> <file>...)
# compiles shaders/<folder>/<file> to SPIR-V for Vulkan 1.2 when the target is built. C++ of that target reads the words:
#   const std::uint32_t code[] = {
#   #include "shaders/<folder>/<file>.inc"
#   };
function(filigree_shaders target folder)
    set(words)
    foreach(file IN LISTS ARGN)
        set(source "${PROJECT_SOURCE_DIR}/shaders/${folder}/${file}")
        set(output "${CMAKE_CURRENT_BINARY_DIR}/shaders/${folder}/${file}.inc")
        add_custom_command(
            OUTPUT "${output}"
            COMMAND "${CMAKE_COMMAND}" -E make_directory "${CMAKE_CURRENT_BINARY_DIR}/shaders/${folder}"
            COMMAND "${FILIGREE_GLSLC}" --target-env=vulkan1.2 -O -Werror -mfmt=num -MD -MF "${output}.d"
                    -MT "${output}" -I "${PROJECT_SOURCE_DIR}/shaders" -o "${output}" "${source}"
            DEPENDS "${source}"
            DEPFILE "${output}.d"
            COMMENT "Compiling shader ${folder}/${file}"
            VERBATIM)
        list(APPEND words "${output}")
    endforeach()
    target_sources(${target} PRIVATE ${words})
    target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}")
endfunction()
