// SPDX-License-Identifier: Apache-2.0
//
// nodejs.js - servers and clients of Node's own modules
//
// usage: node nodejs.js serve ADDRESS KEY CERTIFICATE
//        node nodejs.js cluster ADDRESS
//        node nodejs.js ask ADDRESS CERTIFICATE OWN-ADDRESS
//
// Ports: http 8080, https 8443, http2 8081, echo 7777 (TCP and UDP), cluster
// 8090. Whoever serves sends back what it gets; whoever asks compares.
'use strict';
const assert = require('assert');
const cluster = require('cluster');
const crypto = require('crypto');
const dgram = require('dgram');
const { once } = require('events');
const fs = require('fs');
const http = require('http');
const http2 = require('http2');
const https = require('https');
const net = require('net');

const [verb, address, ...rest] = process.argv.slice(2);
const is6 = net.isIPv6(address);
const host = is6 ? `[${address}]` : address;

function echoRequest(request, response) {
	response.setHeader('x-from', request.socket.remoteAddress);
	request.pipe(response);
}

async function serve(keyFile, certificateFile) {
	const key = fs.readFileSync(keyFile);
	const cert = fs.readFileSync(certificateFile);
	const servers = [
		[http.createServer(echoRequest), 8080],
		[https.createServer({ key, cert }, echoRequest), 8443],
		[net.createServer({ allowHalfOpen: true },
			(socket) => socket.pipe(socket)), 7777],
	];
	const h2 = http2.createServer();
	h2.on('stream', (stream) => {
		stream.respond({ ':status': 200 });
		stream.pipe(stream);
	});
	servers.push([h2, 8081]);
	const socket = dgram.createSocket(is6 ? 'udp6' : 'udp4');
	socket.on('message', (data, from) =>
		socket.send(data, from.port, from.address));
	socket.bind(7777, address);
	await once(socket, 'listening');
	for (const [server, port] of servers) {
		server.listen(port, address);
		await once(server, 'listening');
		assert.deepStrictEqual(server.address(), { address, port,
			family: is6 ? 'IPv6' : 'IPv4' });
	}
	console.log('ready');
}

// Its workers get connections from the first process, as descriptors.
async function serveCluster() {
	if (!cluster.isPrimary) {
		http.createServer((request, response) =>
			response.end(String(process.pid))).listen(8090, address);
		return;
	}
	for (let i = 0; i < 2; i++) {
		const worker = cluster.fork();
		await once(worker, 'listening');
	}
	console.log('ready');
	process.on('SIGTERM', () => {
		for (const worker of Object.values(cluster.workers))
			worker.kill();
		process.exit(0);
	});
}

async function collect(stream) {
	const parts = [];
	for await (const part of stream)
		parts.push(part);
	return Buffer.concat(parts);
}

async function askHttp(module, options, n, own) {
	const data = crypto.randomBytes(n);
	const request = module.request({ host: address, method: 'POST',
		...options });
	request.end(data);
	const [response] = await once(request, 'response');
	assert.strictEqual(response.headers['x-from'], own);
	assert((await collect(response)).equals(data));
}

async function askFetch(n) {
	const body = crypto.randomBytes(n);
	const response = await fetch(`http://${host}:8080/`, { method: 'POST',
		body });
	assert(Buffer.from(await response.arrayBuffer()).equals(body));
}

async function askHttp2(streams, n) {
	const session = http2.connect(`http://${host}:8081`);
	await Promise.all(Array.from({ length: streams }, async () => {
		const data = crypto.randomBytes(n);
		const stream = session.request({ ':method': 'POST' });
		stream.end(data);
		assert((await collect(stream)).equals(data));
	}));
	session.close();
}

// The end of what is sent is told before anything comes back to its end.
async function askNet(n) {
	const data = crypto.randomBytes(n);
	const socket = net.connect({ host: address, port: 7777,
		allowHalfOpen: true });
	await once(socket, 'connect');
	socket.setNoDelay(true);
	socket.setKeepAlive(true, 10000);
	assert.strictEqual(socket.remoteAddress, address);
	assert.strictEqual(socket.remotePort, 7777);
	socket.end(data);
	assert((await collect(socket)).equals(data));
}

// A datagram may get lost, so three tries.
async function askDatagram(socket, send, n) {
	const data = crypto.randomBytes(n);
	for (let i = 0; i < 3; i++) {
		send(data);
		const signal = AbortSignal.timeout(2000);
		try {
			const [got, from] = await once(socket, 'message', { signal });
			assert.strictEqual(from.address, address);
			if (got.equals(data))
				return;
		} catch (error) {
			if (error.name !== 'AbortError')
				throw error;
		}
	}
	assert.fail(`a datagram of ${n} bytes does not come back`);
}

async function askDatagrams() {
	const free = dgram.createSocket(is6 ? 'udp6' : 'udp4');
	const tied = dgram.createSocket(is6 ? 'udp6' : 'udp4');
	tied.connect(7777, address);
	await once(tied, 'connect');
	for (const n of [0, 1, 1400, 8000]) {
		await askDatagram(free, (d) => free.send(d, 7777, address), n);
		await askDatagram(tied, (d) => tied.send(d), n);
	}
	free.close();
	tied.close();
}

async function askCluster() {
	const names = new Set();
	for (let i = 0; i < 100 && names.size < 2; i++) {
		const response = await fetch(`http://${host}:8090/`, { headers:
			{ connection: 'close' } });
		names.add(await response.text());
	}
	assert.strictEqual(names.size, 2);
}

async function ask(certificateFile, own) {
	const ca = fs.readFileSync(certificateFile);
	const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });
	const tls = { port: 8443, ca, checkServerIdentity: () => undefined };
	await askHttp(http, { port: 8080 }, 20000000, own);
	await askHttp(https, tls, 10000000, own);
	await Promise.all(Array.from({ length: 100 }, () =>
		askHttp(http, { port: 8080, agent }, 10000, own)));
	await Promise.all(Array.from({ length: 20 }, () =>
		askHttp(https, tls, 10000, own)));
	agent.destroy();
	await askFetch(5000000);
	await askHttp2(10, 500000);
	await Promise.all(Array.from({ length: 20 }, () => askNet(500000)));
	await askDatagrams();
	await askCluster();
	await assert.rejects(once(net.connect(9, address), 'connect'),
		{ code: 'ECONNREFUSED' });
	await assert.rejects(fetch(`http://${host}:8099/`));
	console.log('everything came back');
	process.exit(0); // fetch keeps its connections
}

({ serve, cluster: serveCluster, ask })[verb](...rest).catch((error) => {
	console.error(error);
	process.exit(1);
});
