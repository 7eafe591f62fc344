# SPDX-License-Identifier: Apache-2.0
#
# Port mapping is there if its libraries are. -DTAPLESS_PORTMAP=ON fails without
# them, -DTAPLESS_PORTMAP=OFF does not look for them.

set(TAPLESS_PORTMAP AUTO CACHE STRING
	"Port mapping by UPnP, NAT-PMP and PCP: ON, OFF or AUTO")

set(TL_HAS_PORTMAP OFF)
if(TAPLESS_PORTMAP)
	pkg_check_modules(MINIUPNPC IMPORTED_TARGET miniupnpc>=2.0)
	find_path(NATPMP_INCLUDE natpmp.h)
	find_library(NATPMP_LIBRARY natpmp)
	if(MINIUPNPC_FOUND AND NATPMP_INCLUDE AND NATPMP_LIBRARY)
		set(TL_HAS_PORTMAP ON)
	elseif(NOT TAPLESS_PORTMAP STREQUAL "AUTO")
		message(FATAL_ERROR "port mapping needs libminiupnpc and "
			"libnatpmp; install them or set TAPLESS_PORTMAP=OFF")
	endif()
endif()

if(TL_HAS_PORTMAP)
	message(STATUS "Port mapping: with libminiupnpc and libnatpmp")
	add_library(natpmp INTERFACE IMPORTED)
	target_include_directories(natpmp INTERFACE ${NATPMP_INCLUDE})
	target_link_libraries(natpmp INTERFACE ${NATPMP_LIBRARY})
	set(TL_PORTMAP_LIBRARIES PkgConfig::MINIUPNPC natpmp)
	set(TL_WITHOUT_portmap "/none\\.c$")
else()
	message(STATUS "Port mapping: not built")
	set(TL_PORTMAP_LIBRARIES "")
	set(TL_WITHOUT_portmap "/(portmap|way_natpmp|way_upnp|igd|igd_test)\\.c$")
endif()
