# Flags that all of our own targets share: the target `filigree_flags`.

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

add_library(filigree_flags INTERFACE)
if(MSVC)
    target_compile_options(filigree_flags INTERFACE /W4 /WX /utf-8 /permissive- /bigobj)
    target_compile_definitions(filigree_flags INTERFACE NOMINMAX WIN32_LEAN_AND_MEAN)
else()
    # -ffp-contract=off: the same source gives the same bits whether or not the compiler finds a multiply-add;
    # kernels that want one ask for it by name.
    target_compile_options(filigree_flags INTERFACE
        -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -ffp-contract=off)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
        target_compile_options(filigree_flags INTERFACE -Wno-restrict)  # GCC bug 105651: false on std::string's operator+
    endif()
endif()

# For tests and widgets, whose compile time is felt more than their run time.
add_library(filigree_brief_optimization INTERFACE)
if(NOT MSVC)
    target_compile_options(filigree_brief_optimization INTERFACE $<$<CONFIG:Release>:-O1>)
endif()

if(FILIGREE_SANITIZE)
    target_compile_options(filigree_flags INTERFACE
        -fsanitize=${FILIGREE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g)
    target_link_options(filigree_flags INTERFACE -fsanitize=${FILIGREE_SANITIZE})
    target_compile_definitions(filigree_flags INTERFACE FILIGREE_SANITIZED=1)
endif()
