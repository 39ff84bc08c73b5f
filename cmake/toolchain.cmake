# Flags shared by every target. g++ builds are for warnings only: g++ 12 destroys temporaries twice across co_await
# (docs/adr/0001-clang.md).
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -fno-omit-frame-pointer
                    -ffunction-sections -fdata-sections)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_compile_options(-Wno-missing-field-initializers)
  # Precompiled headers as ccache can share them: known by their contents, and by no option that names a folder as it is.
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  set(CMAKE_CXX_COMPILE_OPTIONS_USE_PCH -Xclang -include-pch -Xclang <PCH_FILE>)
  add_link_options(-fuse-ld=lld)
else()
  add_compile_options(-Wno-missing-field-initializers -Wno-maybe-uninitialized)
endif()
add_link_options(-Wl,--gc-sections)

option(PULSO_WERROR "Treat warnings as errors, as CI does" OFF)
if(PULSO_WERROR)
  add_compile_options(-Werror)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-O2 -g1)
  add_compile_definitions(NDEBUG)
endif()

if(PULSO_SANITIZE)
  # SOCI's dynamic backends have no run-time type information to compare with: no vptr check.
  add_compile_options(-fsanitize=${PULSO_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${PULSO_SANITIZE})
  if(PULSO_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize=vptr)
  endif()
endif()

if(PULSO_FUZZERS)
  # The libraries too, or libFuzzer does not see which of their branches an input reaches.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Asio and Beast are compiled once, in src/base/asio_impl.cpp, instead of into every file.
add_compile_definitions(BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION
                        BOOST_ASIO_DISABLE_VISIBILITY SPDLOG_FMT_EXTERNAL)
