# SPDX-License-Identifier: Apache-2.0
#
# How the project is compiled: flags, one static library a layer, and one ctest
# for every TEST() of every *_test.c beside the code.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)

option(TL_WERROR "Warnings are errors" OFF)
option(TL_FUZZ "Build the fuzz targets (clang)" OFF)
option(TL_TESTS "Build the tests" ON)
set(TL_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

include(TaplessLite)
find_package(PkgConfig REQUIRED)
if(NOT TAPLESS_OWN_SODIUM)
	pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
endif()
if(NOT TAPLESS_LITE)
	pkg_check_modules(NETTLE REQUIRED IMPORTED_TARGET nettle)
	pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
	pkg_check_modules(UV REQUIRED IMPORTED_TARGET libuv)
	pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
	pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
	pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
	pkg_check_modules(MICROHTTPD REQUIRED IMPORTED_TARGET libmicrohttpd)
endif()

add_library(tl_flags INTERFACE)
target_include_directories(tl_flags INTERFACE
	${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR})
target_compile_definitions(tl_flags INTERFACE _GNU_SOURCE
	_FILE_OFFSET_BITS=64
	TL_VERSION_MAJOR=${PROJECT_VERSION_MAJOR}
	TL_VERSION_MINOR=${PROJECT_VERSION_MINOR}
	TL_VERSION_PATCH=${PROJECT_VERSION_PATCH})
target_compile_options(tl_flags INTERFACE
	-Wall -Wextra -Wconversion -Wshadow -Wvla -Wcast-qual -Wformat=2
	-Wstrict-prototypes -Wmissing-prototypes -Wno-missing-field-initializers)
if(TAPLESS_STATIC)
	# Types in musl's msghdr are others, and its macros do not look.
	target_compile_options(tl_flags INTERFACE -Wno-conversion
		-Wno-sign-conversion -Wno-sign-compare)
endif()
if(TL_WERROR)
	target_compile_options(tl_flags INTERFACE -Werror)
endif()
if(TL_SANITIZE)
	add_compile_options(-fsanitize=${TL_SANITIZE} -fno-omit-frame-pointer
		-fno-sanitize-recover=all)
	add_link_options(-fsanitize=${TL_SANITIZE})
	add_compile_definitions(TL_SANITIZED)
endif()
if(TL_FUZZ)
	add_compile_options(-fsanitize=fuzzer-no-link)
endif()

add_library(tl_harness STATIC ${CMAKE_SOURCE_DIR}/test/harness.c
	${CMAKE_SOURCE_DIR}/test/vectors/vector.c)
target_include_directories(tl_harness PUBLIC ${CMAKE_SOURCE_DIR}/test)
target_compile_definitions(tl_harness PUBLIC
	TL_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
target_link_libraries(tl_harness PRIVATE tl_flags PUBLIC PkgConfig::JANSSON)

# A name of ours, or a target from elsewhere.
function(tl_link_names out)
	set(names "")
	foreach(name ${ARGN})
		if(TARGET tl_${name})
			list(APPEND names tl_${name})
		else()
			list(APPEND names ${name})
		endif()
	endforeach()
	set(${out} ${names} PARENT_SCOPE)
endfunction()

# Builds every fuzz target; grows as layers bring theirs.
add_custom_target(fuzzers)

# A target's name for FILE: its own, or with PREFIXes where that one is taken.
function(tl_program_name out file)
	get_filename_component(name ${file} NAME_WE)
	foreach(prefix ${ARGN})
		if(TARGET ${name})
			set(name ${prefix}_${name})
		endif()
	endforeach()
	set(${out} ${name} PARENT_SCOPE)
endfunction()

# Why a test is not for this build; empty if it is. Emulated and small ones have
# a list: lines with a pattern for GROUP.NAME, a tab and the reason.
set(tl_skip_lines "")
set(file "")
if(CMAKE_CROSSCOMPILING)
	set(file ${CMAKE_SOURCE_DIR}/test/qemu-user.skip)
elseif(TAPLESS_LITE)
	set(file ${CMAKE_SOURCE_DIR}/test/lite.skip)
endif()
if(file)
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
	file(STRINGS ${file} tl_skip_lines REGEX "^[^#]")
endif()
function(tl_test_skip out test)
	set(${out} "" PARENT_SCOPE)
	foreach(line ${tl_skip_lines})
		string(REGEX REPLACE "\t.*" "" pattern "${line}")
		string(REGEX REPLACE "^[^\t]*\t" "" why "${line}")
		if(test MATCHES "${pattern}")
			set(${out} "${why}" PARENT_SCOPE)
			return()
		endif()
	endforeach()
endfunction()

# One test program for FILE of LAYER, one ctest for each TEST() in it; under
# sanitizers, whose start is slow, one ctest for the whole program, which still
# runs each TEST() in a process of its own. Labels: the kind and the layer.
function(tl_test_file file label layer)
	if(label STREQUAL "unit")
		tl_program_name(program ${file} ${layer} ${label})
	else()
		tl_program_name(program ${file} ${label} ${layer})
	endif()
	tl_link_names(libs ${layer} ${ARGN})
	add_executable(${program} ${file})
	target_link_libraries(${program} PRIVATE tl_flags tl_harness ${libs}
		PkgConfig::JANSSON)
	set_target_properties(${program} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test)
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
	string(REGEX REPLACE "_test$" "" group ${program})
	if(TL_SANITIZE)
		add_test(NAME ${group} COMMAND ${program})
		set_tests_properties(${group} PROPERTIES
			LABELS "${label};${layer}" TIMEOUT 900)
		return()
	endif()
	file(STRINGS ${file} lines REGEX "^TEST\\([a-z0-9_]+\\)")
	foreach(line ${lines})
		string(REGEX REPLACE "^TEST\\(([a-z0-9_]+)\\).*" "\\1" name
			"${line}")
		tl_test_skip(why ${group}.${name})
		if(why)
			add_test(NAME ${group}.${name} COMMAND sh -c
				"echo 'SKIPPED: ${why}'; exit 77")
		else()
			add_test(NAME ${group}.${name}
				COMMAND ${program} ${name})
		endif()
		set_tests_properties(${group}.${name} PROPERTIES
			LABELS "${label};${layer}" SKIP_RETURN_CODE 77
			TIMEOUT 120)
	endforeach()
endfunction()

# One fuzz target for FILE (name_fuzz.c); a plain replay of its corpus as a
# ctest where no fuzzer is built.
function(tl_fuzz_file file)
	get_filename_component(program ${file} NAME_WE)
	tl_link_names(libs ${ARGN})
	if(TL_FUZZ)
		add_executable(${program} ${file})
		target_link_options(${program} PRIVATE -fsanitize=fuzzer)
		add_dependencies(fuzzers ${program})
	else()
		add_executable(${program} ${file}
			${CMAKE_SOURCE_DIR}/test/fuzz/replay.c)
		string(REGEX REPLACE "_fuzz$" "" group ${program})
		add_test(NAME fuzz.${group} COMMAND ${program}
			${CMAKE_SOURCE_DIR}/test/fuzz/corpus/${group})
		set_tests_properties(fuzz.${group} PROPERTIES LABELS fuzz
			TIMEOUT 120)
	endif()
	target_link_libraries(${program} PRIVATE tl_flags ${libs})
	set_target_properties(${program} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
endfunction()

# src/NAME as the static library tl_NAME, with what it links; without sources
# and tests that the expression TL_WITHOUT_NAME matches. Its tests
# (unit beside the code, vector in test/vectors/NAME) and fuzz targets.
function(tl_layer name)
	file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.c
		${CMAKE_SOURCE_DIR}/src/${name}/linux/*.c)
	list(FILTER sources EXCLUDE REGEX "_(test|fuzz)\\.c$")
	if(TL_WITHOUT_${name})
		list(FILTER sources EXCLUDE REGEX "${TL_WITHOUT_${name}}")
	endif()
	tl_link_names(libs ${ARGN})
	if(sources)
		add_library(tl_${name} STATIC ${sources})
		target_link_libraries(tl_${name} PUBLIC tl_flags ${libs})
	else()
		add_library(tl_${name} INTERFACE)
		target_link_libraries(tl_${name} INTERFACE tl_flags ${libs})
	endif()
	if(TL_TESTS)
		file(GLOB tests CONFIGURE_DEPENDS
			${CMAKE_SOURCE_DIR}/src/${name}/*_test.c
			${CMAKE_SOURCE_DIR}/src/${name}/linux/*_test.c)
		if(TL_WITHOUT_${name})
			list(FILTER tests EXCLUDE REGEX
				"${TL_WITHOUT_${name}}")
		endif()
		foreach(file ${tests})
			tl_test_file(${file} unit ${name})
		endforeach()
		file(GLOB tests CONFIGURE_DEPENDS
			${CMAKE_SOURCE_DIR}/test/vectors/${name}/*_test.c)
		if(TL_WITHOUT_${name})
			list(FILTER tests EXCLUDE REGEX
				"${TL_WITHOUT_${name}}")
		endif()
		foreach(file ${tests})
			tl_test_file(${file} vector ${name})
		endforeach()
		file(GLOB fuzzers CONFIGURE_DEPENDS
			${CMAKE_SOURCE_DIR}/test/fuzz/${name}/*_fuzz.c)
		if(TL_WITHOUT_${name})
			list(FILTER fuzzers EXCLUDE REGEX
				"${TL_WITHOUT_${name}}")
		endif()
		foreach(file ${fuzzers})
			tl_fuzz_file(${file} ${name})
		endforeach()
	endif()
endfunction()
