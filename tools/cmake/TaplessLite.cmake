# SPDX-License-Identifier: Apache-2.0
#
# What is built: all of it, or with -DTAPLESS_LITE=ON a program that needs the C
# library and libsodium alone (doc/hacking.md). TL_WITHOUT_NAME says which files
# of a layer or folder are left out, tests and fuzz targets included; what stands
# in for them is in files whose names end in none.c, _sodium.c, _plain.c or
# _small.c, and in src/os/loop/.

option(TAPLESS_LITE "The small program" OFF)
option(TAPLESS_STATIC "Link statically; there is no preload object then" OFF)
set(TL_DEPS_DIR ${CMAKE_SOURCE_DIR}/build/deps CACHE PATH
	"Where fetched sources are kept, shared by all builds")

if(NOT TAPLESS_LITE)
	set(TL_WITHOUT_crypto "/(hash_sodium|salsa20_plain)\\.c$")
	set(TL_WITHOUT_wire "/[a-z0-9_]+_none\\.c$")
	set(TL_WITHOUT_vl2 "/[a-z0-9_]+_none\\.c$")
	set(TL_WITHOUT_controller "/none\\.c$")
	set(TL_WITHOUT_service "/(none|http_small)\\.c$")
	set(TL_WITHOUT_cli "/none\\.c$")
	set(TL_NETTLE PkgConfig::NETTLE)
	set(TL_LZ4 PkgConfig::LZ4)
	set(TL_CONTROLLER controller)
	set(TL_SERVICE_LIBRARIES PkgConfig::SQLITE PkgConfig::MICROHTTPD)
	return()
endif()

set(TAPLESS_PORTMAP OFF)
add_compile_definitions(TL_LITE)

# What nothing refers to is left out. Tables for unwinding are not needed in C.
# gcc warns of values that it cannot follow where it does not inline.
include(CheckCCompilerFlag)
include(CheckLinkerFlag)
check_c_compiler_flag(-Oz TL_HAS_OZ)
if(TL_HAS_OZ)
	set(CMAKE_C_FLAGS_MINSIZEREL "-Oz -DNDEBUG")
endif()
add_compile_options(-ffunction-sections -fdata-sections
	-fno-asynchronous-unwind-tables -fno-unwind-tables
	-Wno-maybe-uninitialized -fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=)
add_link_options(-Wl,--gc-sections -Wl,-z,noseparate-code -Wl,--build-id=none)
# All that is called is looked up at the start: no table of jumps, and nothing
# to write to later. One partition lets the compiler see the whole program.
add_link_options(-Wl,-z,now)
check_c_compiler_flag(-fno-plt TL_HAS_NO_PLT)
if(TL_HAS_NO_PLT)
	add_compile_options(-fno-plt)
endif()
check_c_compiler_flag(-flto-partition=one TL_HAS_PARTITION)
if(TL_HAS_PARTITION)
	add_link_options(-flto-partition=one)
endif()
# The loader understands these from glibc 2.36 on.
check_linker_flag(C -Wl,-z,pack-relative-relocs TL_HAS_RELR)
if(TL_HAS_RELR)
	add_link_options(-Wl,-z,pack-relative-relocs)
endif()
# It is what most of a lite node's time goes to.
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/crypto/salsa20_plain.c
	PROPERTIES COMPILE_OPTIONS -O2)

# tl_without(NAME FILE...): files of src/NAME or NAME, with their tests
function(tl_without name)
	list(JOIN ARGN "|" files)
	set(TL_WITHOUT_${name} "/(${files})(_test|_vectors_test|_fuzz)?\\.c$"
		PARENT_SCOPE)
endfunction()

tl_without(crypto aes aes_gmac_siv gmac_siv hash salsa20 siv_aesni siv_arm siv_cpu
	siv_kernel siv_plain siv_vaes256 siv_vaes512)
# Of the last one, the tests want more than it does.
tl_without(wire suite3 lz4 extended_armor)
tl_without(vl2 report)
# For the simulations it is as it always is; the service has none.c.
tl_without(controller none)
# For in-process use.
tl_without(os own_table)
tl_without(service capture capture_headers coalesce control
	controller_pools diag diag_drops diag_ping diag_trace dnsd dnsd_ask
	drop_rows eport http_framing http_later http_server http_stream https
	inspect metrics metrics_text offload pcapng relay relay_conn relay_gate
	segment store_folder store_sqlite store_sqlite_power store_writer)
tl_without(cli cmd_attach cmd_bonds cmd_controller cmd_drops cmd_dump cmd_forward
	cmd_id cmd_pcap cmd_ping cmd_proxy cmd_rules cmd_run_test cmd_speedtest
	cmd_trace cmd_world identity_arg
	netns_home netns_resolv netns_session netns_why number_arg ping
	ping_node ping_virtual proxy_arg run_activate run_netns speedtest_flow
	speedtest_server speedtest_text stop world_json)
# The heap of other C libraries than glibc does not say how large it is.
if(TAPLESS_STATIC)
	tl_without(test/sim extended report scale)
	tl_without(test/sim/tools scale)
else()
	tl_without(test/sim extended report)
endif()

set(TL_CONTROLLER controller_none)
add_library(tl_controller_none STATIC
	${CMAKE_SOURCE_DIR}/src/controller/none.c)
target_link_libraries(tl_controller_none PUBLIC tl_vl2 PkgConfig::JANSSON)

# The part of libuv that is used.
add_library(tl_loop STATIC ${CMAKE_SOURCE_DIR}/src/os/loop/loop.c)
target_include_directories(tl_loop BEFORE PUBLIC
	${CMAKE_SOURCE_DIR}/src/os/loop)
target_link_libraries(tl_loop PUBLIC tl_flags)
add_library(PkgConfig::UV ALIAS tl_loop)

# jansson from source: of an archive the linker leaves out whole objects only.
execute_process(
	COMMAND ${CMAKE_SOURCE_DIR}/tools/fetch-source jansson ${TL_DEPS_DIR}
	OUTPUT_VARIABLE jansson_source OUTPUT_STRIP_TRAILING_WHITESPACE
	RESULT_VARIABLE jansson_failed)
if(jansson_failed)
	message(FATAL_ERROR "jansson's sources are not available (see above)")
endif()
set(json_inline inline)
set(json_have_long_long 1)
set(json_have_localeconv 0)
set(json_have_atomic_builtins 1)
set(json_have_sync_builtins 1)
configure_file(${jansson_source}/src/jansson_config.h.in
	${CMAKE_BINARY_DIR}/jansson/jansson_config.h @ONLY)
file(WRITE ${CMAKE_BINARY_DIR}/jansson/jansson_private_config.h "")
file(GLOB jansson_files ${jansson_source}/src/*.c)
add_library(jansson STATIC ${jansson_files})
target_compile_definitions(jansson PRIVATE HAVE_ATOMIC_BUILTINS HAVE_CLOSE
	HAVE_ENDIAN_H HAVE_FCNTL_H HAVE_GETPID HAVE_GETTIMEOFDAY HAVE_OPEN
	HAVE_READ HAVE_SCHED_H HAVE_SCHED_YIELD HAVE_STDINT_H HAVE_SYS_PARAM_H
	HAVE_SYS_STAT_H HAVE_SYS_TIME_H HAVE_SYS_TYPES_H HAVE_UNISTD_H
	USE_URANDOM=1)
target_compile_options(jansson PRIVATE -w)
target_include_directories(jansson SYSTEM PUBLIC ${jansson_source}/src
	${CMAKE_BINARY_DIR}/jansson)
add_library(PkgConfig::JANSSON ALIAS jansson)

# libsodium from source, for C libraries that no package has it for: plain code
# only, without that for some processors.
option(TAPLESS_OWN_SODIUM "Compile libsodium, too" OFF)
if(TAPLESS_OWN_SODIUM)
	execute_process(
		COMMAND ${CMAKE_SOURCE_DIR}/tools/fetch-source libsodium
			${TL_DEPS_DIR}
		OUTPUT_VARIABLE sodium_source OUTPUT_STRIP_TRAILING_WHITESPACE
		RESULT_VARIABLE sodium_failed)
	if(sodium_failed)
		message(FATAL_ERROR
			"libsodium's sources are not available (see above)")
	endif()
	set(VERSION 1.0.18)
	set(SODIUM_LIBRARY_VERSION_MAJOR 10)
	set(SODIUM_LIBRARY_VERSION_MINOR 3)
	set(SODIUM_LIBRARY_MINIMAL_DEF "")
	set(sodium_include ${sodium_source}/src/libsodium/include)
	configure_file(${sodium_include}/sodium/version.h.in
		${CMAKE_BINARY_DIR}/libsodium/sodium/version.h @ONLY)
	configure_file(${sodium_include}/sodium/export.h
		${CMAKE_BINARY_DIR}/libsodium/sodium/export.h COPYONLY)
	file(GLOB_RECURSE sodium_files ${sodium_source}/src/libsodium/*.c)
	add_library(sodium STATIC ${sodium_files})
	target_compile_definitions(sodium PRIVATE CONFIGURED=1 _GNU_SOURCE
		HAVE_EXPLICIT_BZERO HAVE_GETPID HAVE_GETRANDOM
		HAVE_LINUX_COMPATIBLE_GETRANDOM HAVE_MLOCK HAVE_MMAP
		HAVE_MPROTECT HAVE_PTHREAD HAVE_SYS_MMAN_H HAVE_SYS_RANDOM_H)
	if(CMAKE_SIZEOF_VOID_P EQUAL 8)
		target_compile_definitions(sodium PRIVATE HAVE_TI_MODE)
	endif()
	target_compile_options(sodium PRIVATE -w -O2)
	target_include_directories(sodium SYSTEM PUBLIC ${sodium_include}
		${CMAKE_BINARY_DIR}/libsodium)
	target_include_directories(sodium SYSTEM PRIVATE
		${sodium_include}/sodium ${CMAKE_BINARY_DIR}/libsodium/sodium)
	add_library(PkgConfig::SODIUM ALIAS sodium)
endif()
