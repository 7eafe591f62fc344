# SPDX-License-Identifier: Apache-2.0
#
# lwIP as the static library `lwip`, compiled from source with our lwipopts.h
# and patches; see tools/fetch-lwip. LWIP_DIR (cache or environment) names
# sources elsewhere; TL_DEPS_DIR is where what was fetched is kept.

set(LWIP_DIR "$ENV{LWIP_DIR}" CACHE PATH
	"lwIP's sources; empty: the distribution's source package")
set(TL_DEPS_DIR ${CMAKE_SOURCE_DIR}/build/deps CACHE PATH
	"Where fetched sources are kept, shared by all builds")

file(GLOB patches CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/patches/*.patch)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${patches}
	${CMAKE_SOURCE_DIR}/tools/fetch-lwip)
execute_process(
	COMMAND ${CMAKE_COMMAND} -E env LWIP_DIR=${LWIP_DIR}
		${CMAKE_SOURCE_DIR}/tools/fetch-lwip ${TL_DEPS_DIR}
	OUTPUT_VARIABLE lwip_source OUTPUT_STRIP_TRAILING_WHITESPACE
	RESULT_VARIABLE lwip_failed)
if(lwip_failed)
	message(FATAL_ERROR "lwIP's sources are not available (see above)")
endif()

set(lwip_files def inet_chksum init ip mem memp netif pbuf raw stats sys tcp
	tcp_in tcp_out udp
	ipv4/icmp ipv4/ip4 ipv4/ip4_addr ipv4/ip4_frag
	ipv6/icmp6 ipv6/inet6 ipv6/ip6 ipv6/ip6_addr ipv6/ip6_frag)
list(TRANSFORM lwip_files PREPEND ${lwip_source}/src/core/)
list(TRANSFORM lwip_files APPEND .c)

# Flags of its own: its warnings are not ours to fix.
add_library(lwip STATIC ${lwip_files})
target_compile_options(lwip PRIVATE -w -fno-strict-aliasing)
target_include_directories(lwip SYSTEM PUBLIC
	${lwip_source}/src/include ${CMAKE_SOURCE_DIR}/src/stack)
target_include_directories(lwip PRIVATE ${CMAKE_SOURCE_DIR}/src)
# lwIP calls back into the layer above: memory, routes, checksums.
target_link_libraries(lwip INTERFACE $<LINK_ONLY:tl_stack>)
add_library(tl_lwip ALIAS lwip)
