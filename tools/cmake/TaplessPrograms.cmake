# SPDX-License-Identifier: Apache-2.0
#
# What is put on top of the layers: the libraries, the preload object, the
# program, the examples, and the programs and scripts that test them.

# Sources of a folder, its tests left out, and what TL_WITHOUT_dir matches.
function(tl_sources out dir)
	file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*.c)
	list(FILTER files EXCLUDE REGEX "_(test|fuzz)\\.c$")
	if(TL_WITHOUT_${dir})
		list(FILTER files EXCLUDE REGEX "${TL_WITHOUT_${dir}}")
	endif()
	set(${out} ${files} PARENT_SCOPE)
endfunction()

# Unit tests that lie beside the code of DIR; LAYER is their label and library.
function(tl_folder_tests dir label layer)
	if(NOT TL_TESTS)
		return()
	endif()
	file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*_test.c)
	if(TL_WITHOUT_${dir})
		list(FILTER tests EXCLUDE REGEX "${TL_WITHOUT_${dir}}")
	endif()
	foreach(file ${tests})
		tl_test_file(${file} ${label} ${layer} ${ARGN})
	endforeach()
endfunction()

# Fuzz targets of what is above the layers, in test/fuzz/NAME.
function(tl_folder_fuzzers name)
	if(NOT TL_TESTS)
		return()
	endif()
	file(GLOB fuzzers CONFIGURE_DEPENDS
		${CMAKE_SOURCE_DIR}/test/fuzz/${name}/*_fuzz.c)
	foreach(file ${fuzzers})
		tl_fuzz_file(${file} ${ARGN})
	endforeach()
endfunction()

# sdk_client is what talks to a service: all that the preload object holds
# besides its hooks. tl_sdk adds the service inside the application.
function(tl_sdk_libraries)
	tl_sources(client sdk/client)
	if(NOT client)
		add_library(sdk_client INTERFACE)
		return()
	endif()
	add_library(sdk_client STATIC ${client})
	add_library(tl_sdk_client ALIAS sdk_client)
	target_link_libraries(sdk_client PUBLIC tl_flags tl_rpc tl_base)
	tl_folder_tests(sdk/client unit sdk_client)
	tl_folder_fuzzers(sdk sdk_client)

	tl_sources(sdk sdk)
	if(NOT sdk OR TAPLESS_LITE)
		return()
	endif()
	add_library(tl_sdk STATIC ${sdk})
	target_link_libraries(tl_sdk PUBLIC tl_flags tl_service sdk_client)
	tl_folder_tests(sdk unit sdk)

	# The objects of both, since an archive gives only what is asked for.
	add_library(tapless_shared SHARED
		$<TARGET_OBJECTS:tl_sdk> $<TARGET_OBJECTS:sdk_client>)
	target_link_libraries(tapless_shared PRIVATE tl_service)
	target_link_options(tapless_shared PRIVATE -Wl,--exclude-libs,ALL)
	target_include_directories(tapless_shared INTERFACE
		${CMAKE_SOURCE_DIR}/include)
	set_target_properties(tapless_shared PROPERTIES OUTPUT_NAME tapless
		VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})

	# libzt's interface, for programs that were written for it. It is whole:
	# such a program links nothing else of ours.
	tl_sources(libzt sdk/libzt)
	add_library(tl_libzt STATIC ${libzt})
	target_link_libraries(tl_libzt PUBLIC tl_flags tl_sdk)
	tl_folder_tests(sdk/libzt unit libzt)
	add_library(tapless_zts SHARED $<TARGET_OBJECTS:tl_libzt>
		$<TARGET_OBJECTS:tl_sdk> $<TARGET_OBJECTS:sdk_client>)
	target_link_libraries(tapless_zts PRIVATE tl_service)
	set(map ${CMAKE_SOURCE_DIR}/sdk/libzt/zts.map)
	target_link_options(tapless_zts PRIVATE -Wl,--exclude-libs,ALL
		-Wl,--version-script,${map})
	target_include_directories(tapless_zts INTERFACE
		${CMAKE_SOURCE_DIR}/include)
	set_target_properties(tapless_zts PROPERTIES LINK_DEPENDS ${map}
		OUTPUT_NAME tapless-zts VERSION ${PROJECT_VERSION}
		SOVERSION ${PROJECT_VERSION_MAJOR})

	# One archive that needs none of our others beside it.
	add_library(tapless_static STATIC)
	foreach(part libzt sdk sdk_client service sockets portmap stack rpc os
		controller vl2 vl1 wire crypto base)
		tl_link_names(part ${part})
		get_target_property(type ${part} TYPE)
		get_target_property(real ${part} ALIASED_TARGET)
		if(real)
			set(part ${real})
		endif()
		if(type STREQUAL "STATIC_LIBRARY")
			target_sources(tapless_static PRIVATE
				$<TARGET_OBJECTS:${part}>)
		endif()
	endforeach()
	if(TARGET lwip)
		get_target_property(type lwip TYPE)
		if(type MATCHES "^(STATIC|OBJECT)_LIBRARY$")
			target_sources(tapless_static PRIVATE
				$<TARGET_OBJECTS:lwip>)
		endif()
	endif()
	set_target_properties(tapless_static PROPERTIES OUTPUT_NAME tapless
		LINKER_LANGUAGE C)
endfunction()

# The preload object is loaded into every program, so it needs the C library
# alone and exports what it intercepts. Programs under test are not built with
# sanitizers: there it is compiled apart, without them.
function(tl_preload)
	tl_sources(shim shim)
	if(NOT shim OR TAPLESS_STATIC)
		return()
	endif()
	if(TL_SANITIZE)
		tl_sources(client sdk/client)
		tl_sources(rpc src/rpc)
		tl_sources(base src/base)
		add_library(preload_parts STATIC ${client} ${rpc} ${base})
		add_library(tapless_preload SHARED ${shim})
		foreach(part preload_parts tapless_preload)
			target_link_libraries(${part} PRIVATE tl_flags)
			target_compile_options(${part} PRIVATE
				-fno-sanitize=all)
		endforeach()
		target_link_libraries(tapless_preload PRIVATE preload_parts)
		target_link_options(tapless_preload PRIVATE -fno-sanitize=all)
	else()
		add_library(tapless_preload SHARED ${shim})
		target_link_libraries(tapless_preload PRIVATE sdk_client)
	endif()
	# shim_dlopen() has to be a jump. Each call has the name that it has for
	# programs without large files, too.
	target_compile_options(tapless_preload PRIVATE
		-foptimize-sibling-calls -U_FILE_OFFSET_BITS)
	target_link_options(tapless_preload PRIVATE -Wl,--exclude-libs,ALL
		-Wl,--as-needed -Wl,-z,defs -Wl,-z,relro -Wl,-z,now)
	set(map ${CMAKE_SOURCE_DIR}/shim/preload.map)
	if(EXISTS ${map})
		target_link_options(tapless_preload PRIVATE
			-Wl,--version-script,${map})
		set_property(TARGET tapless_preload PROPERTY LINK_DEPENDS ${map})
	endif()
	set_target_properties(tapless_preload PROPERTIES
		OUTPUT_NAME tapless-preload)
	tl_folder_tests(shim unit sdk_client)
endfunction()

# `tapless proxy` and `tapless forward`: clients of a service, as others are.
function(tl_proxy_library)
	tl_sources(proxy proxy)
	add_library(tl_proxy STATIC ${proxy})
	target_link_libraries(tl_proxy PUBLIC tl_flags tl_os sdk_client)
	tl_folder_tests(proxy unit proxy)
	tl_folder_fuzzers(proxy proxy)
endfunction()

# The process that holds a service's sockets while its worker is restarted.
function(tl_keeper_library)
	tl_sources(keeper keeper)
	list(FILTER keeper EXCLUDE REGEX "/main\\.c$")
	add_library(tl_keeper STATIC ${keeper})
	target_link_libraries(tl_keeper PUBLIC tl_flags tl_os tl_rpc)
	# With nothing but the C library.
	add_executable(tapless_keeper ${CMAKE_SOURCE_DIR}/keeper/main.c)
	target_link_libraries(tapless_keeper PRIVATE tl_keeper)
	target_link_options(tapless_keeper PRIVATE -Wl,--as-needed)
	set_target_properties(tapless_keeper PROPERTIES
		OUTPUT_NAME tapless-keeper)
	tl_folder_tests(keeper unit keeper)
endfunction()

# What runs programs that nothing can be preloaded into.
function(tl_launcher)
	tl_sources(launcher launcher)
	add_library(tl_launcher STATIC ${launcher})
	target_link_libraries(tl_launcher PUBLIC tl_flags sdk_client tl_os
		PkgConfig::SECCOMP)
	tl_folder_tests(launcher unit launcher)
	if(TL_TESTS)
		file(GLOB fuzzers CONFIGURE_DEPENDS
			${CMAKE_SOURCE_DIR}/test/fuzz/launcher/*_fuzz.c)
		foreach(file ${fuzzers})
			tl_fuzz_file(${file} launcher)
		endforeach()
	endif()
endfunction()

# The `tapless` program.
function(tl_cli)
	tl_sources(cli cli)
	if(NOT cli)
		return()
	endif()
	add_executable(tapless ${cli})
	set(parts tl_service tl_keeper)
	if(NOT TAPLESS_LITE)
		list(APPEND parts tl_proxy tl_launcher tl_rules m)
	endif()
	target_link_libraries(tapless PRIVATE tl_flags ${parts})
	add_dependencies(tapless tapless_keeper)
	if(TARGET tl_sdk)
		target_link_libraries(tapless PRIVATE tl_sdk)
	endif()
	tl_folder_tests(cli unit service ${parts})
	tl_folder_fuzzers(cli service)
endfunction()

# Each source of DIR a program of its own in build/WHERE, with what it links.
function(tl_each_program dir where)
	tl_sources(files ${dir})
	foreach(file ${files})
		tl_program_name(program ${file} ${where} program)
		add_executable(${program} ${file})
		target_link_libraries(${program} PRIVATE ${ARGN})
		target_link_options(${program} PRIVATE -Wl,--as-needed)
		set_target_properties(${program} PROPERTIES
			RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${where})
	endforeach()
endfunction()

# Programs that are run with and without the preload object: plain ones, like
# those of strangers, never built with sanitizers.
function(tl_plain_program name)
	add_executable(${name} ${ARGN})
	target_link_libraries(${name} PRIVATE tl_flags)
	if(TL_SANITIZE)
		target_compile_options(${name} PRIVATE -fno-sanitize=all)
		target_link_options(${name} PRIVATE -fno-sanitize=all)
	endif()
	set_target_properties(${name} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test)
endfunction()

# The same program without a loader, if there is a static C library. The
# sources are compiled again: what is linked there is not the same library.
function(tl_static_program name)
	include(CheckCSourceCompiles)
	set(CMAKE_REQUIRED_LINK_OPTIONS -static)
	check_c_source_compiles("int main(void) { return 0; }" TL_HAS_STATIC)
	unset(CMAKE_REQUIRED_LINK_OPTIONS)
	if(NOT TL_HAS_STATIC)
		return()
	endif()
	tl_plain_program(${name} ${ARGN})
	target_link_options(${name} PRIVATE -static)
	set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
	target_link_options(${name} PRIVATE -no-pie)
endfunction()

# Whole engines in virtual time: a library of the net, and tests that use it.
function(tl_simulations)
	tl_sources(sim test/sim)
	if(sim)
		add_library(tl_sim STATIC ${sim})
		target_include_directories(tl_sim PUBLIC
			${CMAKE_SOURCE_DIR}/test)
		target_link_libraries(tl_sim PUBLIC tl_flags tl_controller
			tl_harness)
		tl_folder_tests(test/sim sim sim)
		tl_each_program(test/sim/tools test tl_sim)
	else()
		tl_folder_tests(test/sim sim controller)
	endif()
endfunction()

# For packagers: the programs, the libraries, their headers, units of systemd
# and the manual.
function(tl_install)
	foreach(target tapless tapless_shared tapless_zts tapless_static
		tapless_preload)
		if(TARGET ${target})
			install(TARGETS ${target})
		endif()
	endforeach()
	if(TARGET tapless_keeper)
		install(TARGETS tapless_keeper DESTINATION
			${CMAKE_INSTALL_LIBEXECDIR}/tapless)
	endif()
	install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/tapless TYPE INCLUDE)
	foreach(unit tapless.service user/tapless.service)
		set(BINDIR ${CMAKE_INSTALL_FULL_BINDIR})
		configure_file(${CMAKE_SOURCE_DIR}/contrib/systemd/${unit}
			${CMAKE_BINARY_DIR}/systemd/${unit} @ONLY)
	endforeach()
	install(FILES ${CMAKE_BINARY_DIR}/systemd/tapless.service
		DESTINATION lib/systemd/system)
	install(FILES ${CMAKE_BINARY_DIR}/systemd/user/tapless.service
		DESTINATION lib/systemd/user)
	install(FILES ${CMAKE_SOURCE_DIR}/contrib/systemd/sysusers.d/tapless.conf
		DESTINATION lib/sysusers.d)
	foreach(section 1 3 5 7)
		file(GLOB pages CONFIGURE_DEPENDS
			${CMAKE_SOURCE_DIR}/doc/man/*.${section})
		install(FILES ${pages} DESTINATION
			${CMAKE_INSTALL_MANDIR}/man${section})
	endforeach()
endfunction()

function(tl_programs)
	tl_sdk_libraries()
	tl_preload()
	if(NOT TAPLESS_LITE)
		tl_proxy_library()
		tl_launcher()
	endif()
	tl_keeper_library()
	tl_cli()
	tl_install()
	if(TARGET tapless_shared)
		tl_each_program(examples examples tapless_shared PkgConfig::UV)
	endif()
	if(NOT TL_TESTS)
		return()
	endif()
	tl_simulations()
	if(TAPLESS_LITE)
		return()
	endif()
	tl_sources(files test/conformance)
	if(files)
		tl_plain_program(conformance ${files})
		tl_static_program(conformance_static ${files})
	endif()
	# The service's sockets without a network, for the preload object's tests.
	if(EXISTS ${CMAKE_SOURCE_DIR}/test/shim/loop_service.c)
		add_executable(loop_service
			${CMAKE_SOURCE_DIR}/test/shim/loop_service.c)
		target_link_libraries(loop_service PRIVATE tl_service
			sdk_client)
		set_target_properties(loop_service PROPERTIES
			RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test)
	endif()
	foreach(dir net shim programs service faults cli interop)
		tl_sources(files test/${dir})
		list(FILTER files EXCLUDE REGEX "/(loop_service|libzt_style|flood)\\.c$")
		foreach(file ${files})
			tl_program_name(program ${file} ${dir} program)
			tl_plain_program(${program} ${file})
		endforeach()
	endforeach()
	# It makes packets of the protocol as the engine does.
	add_executable(flood ${CMAKE_SOURCE_DIR}/test/faults/flood.c)
	target_link_libraries(flood PRIVATE tl_flags tl_service)
	set_target_properties(flood PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test)
	# A program as they are written for libzt.
	if(TARGET tapless_zts)
		add_executable(libzt_style
			${CMAKE_SOURCE_DIR}/test/service/libzt_style.c)
		target_link_libraries(libzt_style PRIVATE tapless_zts)
		set_target_properties(libzt_style PROPERTIES
			RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test)
	endif()
	# For the launcher: with a loader it is built above, with the others.
	if(EXISTS ${CMAKE_SOURCE_DIR}/test/shim/launched.c)
		tl_static_program(launched_static
			${CMAKE_SOURCE_DIR}/test/shim/launched.c)
	endif()
	# What is emulated is not measured.
	if(NOT CMAKE_CROSSCOMPILING)
		tl_each_program(bench bench tl_flags tl_service)
	endif()
	# For tools/check-headers.
	if(DEFINED lwip_source)
		file(WRITE ${CMAKE_BINARY_DIR}/lwip-include
			"${lwip_source}/src/include\n")
	endif()
endfunction()

# One ctest for each executable script of test/{net,...}/*.sh, in a network
# namespace of its own. A script may say in comments at the start of a line:
#
#	# ctest: timeout 300	seconds, instead of 120
#	# ctest: lock NAME	never beside another with the same NAME
#	# ctest: serial		never beside any other
#	# ctest: full		only in `./dev test --full`
#	# ctest: host		in the host's own network namespace
#	# ctest: via WAY	in the full tier once more, with TL_VIA=WAY
function(tl_test_script file label)
	get_filename_component(name ${file} NAME_WE)
	set(name ${label}.${name})
	file(STRINGS ${file} lines REGEX "^# ctest: ")
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
	set(command ${CMAKE_SOURCE_DIR}/test/in-namespace)
	if(NOT label STREQUAL "net")
		list(APPEND command --or-host)
	endif()
	set(labels ${label})
	set(timeout 120)
	set(more "")
	set(ways "")
	foreach(line ${lines})
		if(line MATCHES "^# ctest: timeout ([0-9]+)$")
			set(timeout ${CMAKE_MATCH_1})
		elseif(line MATCHES "^# ctest: lock ([a-z0-9_-]+)$")
			list(APPEND more RESOURCE_LOCK ${CMAKE_MATCH_1})
		elseif(line STREQUAL "# ctest: serial")
			list(APPEND more RUN_SERIAL ON)
		elseif(line STREQUAL "# ctest: full")
			list(APPEND labels full)
		elseif(line STREQUAL "# ctest: host")
			set(command "")
		elseif(line MATCHES "^# ctest: via ([a-z]+)$")
			list(APPEND ways ${CMAKE_MATCH_1})
		else()
			message(FATAL_ERROR "${file}: not understood: ${line}")
		endif()
	endforeach()
	if(TL_SANITIZE)
		math(EXPR timeout "3 * ${timeout}")
	endif()
	add_test(NAME ${name} COMMAND ${command} ${file})
	set_tests_properties(${name} PROPERTIES LABELS "${labels}"
		SKIP_RETURN_CODE 77 TIMEOUT ${timeout} ${more}
		ENVIRONMENT "TAPLESS_BUILD=${CMAKE_BINARY_DIR};TAPLESS_SOURCE=${CMAKE_SOURCE_DIR}")
	foreach(way ${ways})
		add_test(NAME ${name}.${way} COMMAND ${command} ${file})
		set_tests_properties(${name}.${way} PROPERTIES
			LABELS "${label};full" SKIP_RETURN_CODE 77
			TIMEOUT ${timeout} ${more}
			ENVIRONMENT "TAPLESS_BUILD=${CMAKE_BINARY_DIR};TAPLESS_SOURCE=${CMAKE_SOURCE_DIR};TL_VIA=${way}")
	endforeach()
endfunction()

function(tl_test_scripts)
	if(NOT TL_TESTS OR TAPLESS_LITE OR CMAKE_CROSSCOMPILING)
		return()
	endif()
	foreach(label net shim programs service faults cli sim)
		file(GLOB files CONFIGURE_DEPENDS
			${CMAKE_SOURCE_DIR}/test/${label}/*.sh)
		foreach(file ${files})
			execute_process(COMMAND test -x ${file}
				RESULT_VARIABLE unusable)
			if(NOT unusable)
				tl_test_script(${file} ${label})
			endif()
		endforeach()
	endforeach()
endfunction()
