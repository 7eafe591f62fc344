// SPDX-License-Identifier: Apache-2.0
//
// Java.java - servers and clients of the Java library
//
// usage: java Java.java serve ADDRESS
//        java Java.java ask ADDRESS
//
// Ports: HTTP 8080, a thread for each connection 7776, a selector 7777 (TCP and
// UDP), and the same at "any address" 7778. Servers send back what they get.

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

public class Java {
	static final Random random = new Random();
	// Empty ones are missed on the kernel's sockets, too.
	static final int[] DATAGRAMS = { 1, 1400, 8000, 16000 };

	static byte[] randomBytes(int n) {
		byte[] bytes = new byte[n];
		random.nextBytes(bytes);
		return bytes;
	}

	static void check(boolean good, String what) {
		if (!good)
			throw new AssertionError(what);
	}

	// --- servers ---------------------------------------------------------

	static void serveHttp(InetAddress address) throws IOException {
		HttpServer server = HttpServer.create(
			new InetSocketAddress(address, 8080), 0);
		server.createContext("/", exchange -> {
			byte[] body = exchange.getRequestBody().readAllBytes();
			exchange.sendResponseHeaders(200,
				body.length == 0 ? -1 : body.length);
			if (body.length > 0)
				exchange.getResponseBody().write(body);
			exchange.close();
		});
		server.setExecutor(Executors.newFixedThreadPool(8));
		server.start();
	}

	static void echo(Socket socket) {
		try (socket) {
			socket.getInputStream().transferTo(socket.getOutputStream());
			socket.shutdownOutput();
		} catch (IOException error) {
			System.err.println("echo: " + error);
		}
	}

	static void serveThreads(InetAddress address) throws IOException {
		ServerSocket server = new ServerSocket(7776, 50, address);
		new Thread(() -> {
			try {
				while (true) {
					Socket socket = server.accept();
					new Thread(() -> echo(socket)).start();
				}
			} catch (IOException error) {
				System.err.println("accept: " + error);
			}
		}).start();
	}

	// A connection's buffer is what has been read and not been written.
	static void onStream(SelectionKey key) throws IOException {
		SocketChannel channel = (SocketChannel) key.channel();
		ByteBuffer buffer = (ByteBuffer) key.attachment();
		if (key.isReadable() && channel.read(buffer) < 0) {
			key.cancel();
			channel.configureBlocking(true);
			buffer.flip();
			channel.write(buffer);
			channel.close();
			return;
		}
		buffer.flip();
		channel.write(buffer);
		buffer.compact();
		key.interestOps((buffer.hasRemaining() ? SelectionKey.OP_READ : 0)
			| (buffer.position() > 0 ? SelectionKey.OP_WRITE : 0));
	}

	static void onDatagram(DatagramChannel channel) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(65536);
		var from = channel.receive(buffer);
		if (from == null)
			return;
		buffer.flip();
		channel.send(buffer, from);
	}

	static void onKey(Selector selector, SelectionKey key)
			throws IOException {
		if (key.isAcceptable()) {
			SocketChannel channel =
				((ServerSocketChannel) key.channel()).accept();
			if (channel == null)
				return;
			channel.configureBlocking(false);
			channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
			channel.register(selector, SelectionKey.OP_READ,
				ByteBuffer.allocate(100000));
		} else if (key.channel() instanceof DatagramChannel channel) {
			onDatagram(channel);
		} else {
			onStream(key);
		}
	}

	static Selector open(InetSocketAddress... addresses)
			throws IOException {
		Selector selector = Selector.open();
		for (InetSocketAddress address : addresses) {
			ServerSocketChannel server = ServerSocketChannel.open();
			server.configureBlocking(false);
			server.setOption(StandardSocketOptions.SO_REUSEADDR, true);
			server.bind(address);
			server.register(selector, SelectionKey.OP_ACCEPT);
			DatagramChannel datagrams = DatagramChannel.open();
			datagrams.configureBlocking(false);
			datagrams.bind(address);
			datagrams.register(selector, SelectionKey.OP_READ);
		}
		return selector;
	}

	static void serve(InetAddress address) throws IOException {
		serveHttp(address);
		serveThreads(address);
		Selector selector = open(new InetSocketAddress(address, 7777),
			new InetSocketAddress(7778));
		System.out.println("ready");
		while (true) {
			selector.select();
			for (SelectionKey key : selector.selectedKeys())
				onKey(selector, key);
			selector.selectedKeys().clear();
		}
	}

	// --- clients ---------------------------------------------------------

	static void askHttp(InetAddress address, int count, int n)
			throws Exception {
		String host = address.getHostAddress();
		URI uri = URI.create("http://" +
			(host.contains(":") ? "[" + host + "]" : host) + ":8080/");
		HttpClient client = HttpClient.newHttpClient();
		List<byte[]> sent = new ArrayList<>();
		List<Future<HttpResponse<byte[]>>> got = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			byte[] body = randomBytes(n);
			sent.add(body);
			got.add(client.sendAsync(HttpRequest.newBuilder(uri)
				.POST(HttpRequest.BodyPublishers.ofByteArray(body))
				.build(), HttpResponse.BodyHandlers.ofByteArray()));
		}
		for (int i = 0; i < count; i++)
			check(Arrays.equals(sent.get(i),
				got.get(i).get(30, TimeUnit.SECONDS).body()),
				"HTTP: other bytes came back");
	}

	static Void askStream(InetAddress address, int port, int n)
			throws Exception {
		byte[] data = randomBytes(n);
		try (Socket socket = new Socket(address, port)) {
			check(socket.getInetAddress().equals(address), "peer");
			check(!socket.getLocalAddress().isAnyLocalAddress(), "own");
			socket.setTcpNoDelay(true);
			socket.setSoTimeout(20000);
			Thread writer = new Thread(() -> {
				try {
					socket.getOutputStream().write(data);
					socket.shutdownOutput();
				} catch (IOException error) {
					System.err.println("write: " + error);
				}
			});
			writer.start();
			byte[] back = socket.getInputStream().readAllBytes();
			writer.join();
			check(Arrays.equals(back, data), "port " + port + ": " + n +
				" bytes sent, " + back.length + " other ones back");
		}
		return null;
	}

	static void askChannel(InetAddress address, int port) throws Exception {
		try (var channel = AsynchronousSocketChannel.open()) {
			channel.connect(new InetSocketAddress(address, port))
				.get(10, TimeUnit.SECONDS);
			ByteBuffer buffer = ByteBuffer.wrap(randomBytes(1000));
			while (buffer.hasRemaining())
				channel.write(buffer).get(10, TimeUnit.SECONDS);
			ByteBuffer back = ByteBuffer.allocate(1000);
			while (back.hasRemaining())
				check(channel.read(back).get(10, TimeUnit.SECONDS) > 0,
					"the stream ended early");
			check(back.flip().equals(buffer.flip()), "channel");
		}
	}

	// A datagram may get lost, so three tries.
	static void askDatagram(DatagramSocket socket, InetAddress address,
			int port, int n) throws IOException {
		byte[] data = randomBytes(n);
		DatagramPacket got = new DatagramPacket(new byte[65536], 65536);
		socket.setSoTimeout(2000);
		for (int i = 0; i < 3; i++) {
			socket.send(new DatagramPacket(data, n, address, port));
			try {
				socket.receive(got);
			} catch (SocketTimeoutException error) {
				continue;
			}
			check(got.getAddress().equals(address), "who answers: " +
				got.getAddress());
			if (Arrays.equals(data, Arrays.copyOf(got.getData(),
					got.getLength())))
				return;
		}
		check(false, "a datagram of " + n + " bytes does not come back");
	}

	static void ask(InetAddress address) throws Exception {
		ExecutorService pool = Executors.newFixedThreadPool(10);
		List<Callable<Void>> tasks = new ArrayList<>();
		askHttp(address, 1, 10000000);
		askHttp(address, 50, 20000);
		for (int port : new int[] { 7776, 7777, 7778 }) {
			for (int i = 0; i < 10; i++)
				tasks.add(() -> askStream(address, port, 500000));
			askChannel(address, port);
		}
		for (Future<Void> result : pool.invokeAll(tasks))
			result.get();
		pool.shutdown();
		for (int port : new int[] { 7777, 7778 }) {
			DatagramSocket free = new DatagramSocket();
			DatagramSocket tied = new DatagramSocket();
			tied.connect(address, port);
			for (int n : DATAGRAMS) {
				askDatagram(free, address, port, n);
				askDatagram(tied, address, port, n);
			}
		}
		try {
			new Socket(address, 9).close();
			check(false, "port 9 is open");
		} catch (ConnectException error) {
			check(error.getMessage().contains("refused"),
				error.getMessage());
		}
		System.out.println("everything came back");
		System.exit(0);
	}

	public static void main(String[] args) throws Exception {
		InetAddress address = InetAddress.getByName(args[1]);
		if (args[0].equals("serve"))
			serve(address);
		else
			ask(address);
	}
}
