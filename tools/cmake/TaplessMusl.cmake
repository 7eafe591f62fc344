# SPDX-License-Identifier: Apache-2.0
#
# A toolchain file: Debian's musl-gcc, whose headers lack the kernel's, which
# are the same for every C library. Nothing of other packages is found.

set(CMAKE_C_COMPILER musl-gcc)
get_filename_component(top ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
set(kernel ${top}/build-musl/kernel)
file(MAKE_DIRECTORY ${kernel})
execute_process(COMMAND gcc -print-multiarch OUTPUT_VARIABLE multiarch
	OUTPUT_STRIP_TRAILING_WHITESPACE)
foreach(pair linux:linux asm-generic:asm-generic asm:${multiarch}/asm)
	string(REGEX REPLACE ":.*" "" to ${pair})
	string(REGEX REPLACE ".*:" "" from ${pair})
	file(CREATE_LINK /usr/include/${from} ${kernel}/${to} SYMBOLIC)
endforeach()
set(CMAKE_C_FLAGS_INIT "-isystem ${kernel}")
# Threads would have 128 KB of stack.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static -Wl,-z,stack-size=1048576")
set(ENV{PKG_CONFIG_LIBDIR} ${kernel})
