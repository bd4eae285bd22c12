# One CMake target per folder. A target sees (and links) only the folders named in DEPENDS and what those see,
# so an include that points upwards in the architecture does not link.

# filigree_folder(<folder> [DEPENDS <folder>...] [LIBRARIES <lib>...] [PRIVATE_LIBRARIES <lib>...])
# makes the static library filigree_<folder> from every .cpp file in this directory and below.
function(filigree_folder folder)
    cmake_parse_arguments(ARG "" "" "DEPENDS;LIBRARIES;PRIVATE_LIBRARIES" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS
         "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp" "${CMAKE_CURRENT_SOURCE_DIR}/*.h")
    set(target filigree_${folder})
    if(NOT sources MATCHES "\\.cpp")
        # A folder of headers alone still carries its dependencies.
        add_library(${target} INTERFACE)
        set(visibility INTERFACE)
    else()
        add_library(${target} STATIC ${sources})
        target_link_libraries(${target} PRIVATE filigree_flags ${ARG_PRIVATE_LIBRARIES})
        set(visibility PUBLIC)
    endif()
    target_include_directories(${target} ${visibility} "${PROJECT_SOURCE_DIR}/engine")
    target_link_libraries(${target} ${visibility} ${ARG_LIBRARIES})
    foreach(other IN LISTS ARG_DEPENDS)
        target_link_libraries(${target} ${visibility} filigree_${other})
    endforeach()
endfunction()

# filigree_tests(<folder> [DEPENDS <folder>...] [LIBRARIES <lib>...] [TIMEOUT <seconds>])
# makes one Qt Test program per test_*.cpp file of this directory; other .cpp files are shared between them.
function(filigree_tests folder)
    cmake_parse_arguments(ARG "" "TIMEOUT" "DEPENDS;LIBRARIES" ${ARGN})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    file(GLOB tests CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/test_*.cpp")
    file(GLOB all CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
    set(shared ${all})
    list(REMOVE_ITEM shared ${tests} "")
    foreach(source IN LISTS tests)
        get_filename_component(name ${source} NAME_WE)
        set(target ${folder}_${name})
        add_executable(${target} ${source} ${shared})
        set_target_properties(${target} PROPERTIES AUTOMOC ON
                              RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
        target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
        target_compile_definitions(${target} PRIVATE
            FILIGREE_SOURCE_DIR="${PROJECT_SOURCE_DIR}" FILIGREE_BINARY_DIR="${CMAKE_BINARY_DIR}")
        target_link_libraries(${target} PRIVATE filigree_flags Qt6::Test ${ARG_LIBRARIES})
        foreach(other IN LISTS ARG_DEPENDS)
            target_link_libraries(${target} PRIVATE filigree_${other})
        endforeach()
        add_test(NAME ${folder}/${name} COMMAND ${target})
        set_tests_properties(${folder}/${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
    endforeach()
endfunction()
