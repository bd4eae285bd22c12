# Files become part of the libraries that use them.

set(FILIGREE_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_DIR}/embed_file.cmake")

# filigree_embed(<target> <file>...)
# C++ of that target reads the bytes of <file> (a path below the source folder):
#   const unsigned char bytes[] = {
#   #include "embedded/<name of the file>.inc"
#   };
function(filigree_embed target)
    foreach(file IN LISTS ARGN)
        set(source "${PROJECT_SOURCE_DIR}/${file}")
        get_filename_component(name "${file}" NAME)
        set(output "${CMAKE_CURRENT_BINARY_DIR}/embedded/${name}.inc")
        add_custom_command(
            OUTPUT "${output}"
            COMMAND "${CMAKE_COMMAND}" "-DINPUT=${source}" "-DOUTPUT=${output}" -P "${FILIGREE_EMBED_SCRIPT}"
            DEPENDS "${source}" "${FILIGREE_EMBED_SCRIPT}"
            COMMENT "Embedding ${file}"
            VERBATIM)
        target_sources(${target} PRIVATE "${output}")
    endforeach()
    target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}")
endfunction()
