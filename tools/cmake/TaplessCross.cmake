# SPDX-License-Identifier: Apache-2.0
#
# A toolchain file: gcc of Debian's cross packages, libraries as
# tools/fetch-sysroot unpacks them, and qemu-user to run what was built.
# TL_CROSS is Debian's name of the architecture, arm64 or armhf.

set(TL_CROSS "" CACHE STRING "Architecture to build for: arm64 or armhf")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES TL_CROSS TL_DEPS_DIR)
set(CMAKE_SYSTEM_NAME Linux)
if(TL_CROSS STREQUAL "arm64")
	set(CMAKE_SYSTEM_PROCESSOR aarch64)
	set(triple aarch64-linux-gnu)
	set(qemu qemu-aarch64)
elseif(TL_CROSS STREQUAL "armhf")
	set(CMAKE_SYSTEM_PROCESSOR armv7l)
	set(triple arm-linux-gnueabihf)
	set(qemu qemu-arm)
else()
	message(FATAL_ERROR "TL_CROSS is arm64 or armhf, not \"${TL_CROSS}\"")
endif()

set(tools ${CMAKE_CURRENT_LIST_DIR}/..)
if(NOT TL_DEPS_DIR)
	set(TL_DEPS_DIR ${tools}/../build/deps)
endif()
execute_process(
	COMMAND ${tools}/fetch-sysroot ${TL_CROSS} ${TL_DEPS_DIR}
	OUTPUT_VARIABLE sysroot OUTPUT_STRIP_TRAILING_WHITESPACE
	RESULT_VARIABLE failed)
if(failed)
	message(FATAL_ERROR "no libraries of ${TL_CROSS} (see above)")
endif()

set(CMAKE_C_COMPILER ${triple}-gcc)
set(CMAKE_SYSROOT ${sysroot})
set(CMAKE_FIND_ROOT_PATH ${sysroot})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_LIBRARY_ARCHITECTURE ${triple})
set(ENV{PKG_CONFIG_LIBDIR}
	${sysroot}/usr/lib/${triple}/pkgconfig:${sysroot}/usr/share/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${sysroot})
# Libraries of libraries, which the linker looks at.
add_link_options(-Wl,-rpath-link,${sysroot}/usr/lib/${triple})
set(CMAKE_CROSSCOMPILING_EMULATOR ${qemu} -L ${sysroot})
