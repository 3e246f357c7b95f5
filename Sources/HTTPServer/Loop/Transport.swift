/// How a connection's bytes travel: as they are, or through TLS.
struct Transport: ~Copyable {
    private let socket: Socket
    /// Nil for a connection in the clear.
    private var session: TLSSession?

    /// Nil if there is no memory for the encryption; the socket is closed then.
    init?(_ accepted: AcceptedSocket) {
        socket = Socket(descriptor: accepted.descriptor)
        session = accepted.tls.flatMap { TLSSession(context: $0, descriptor: accepted.descriptor) }
        if accepted.tls != nil, session == nil { return nil }
    }

    var descriptor: Int32 { socket.descriptor }

    /// Whether bytes are encrypted. A read gives one record at a time then, whatever else is there, and waits for room to write
    /// if the client wants a new key.
    var isEncrypted: Bool { session != nil }

    /// The subject of the client's certificate (RFC 4514), if it has shown one.
    var clientSubject: String? { mutating get { session?.clientSubject } }

    mutating func handshake() -> TLSSession.HandshakeResult { session?.handshake() ?? .done }

    /// Reads into `buffer`.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Socket.ReadResult {
        session?.read(into: buffer) ?? socket.read(into: buffer)
    }

    /// Writes as much of `first` and then of `second` as can be.
    ///
    /// - Parameter isLast: false lets the kernel wait for more before it sends a packet.
    mutating func write(
        _ first: Span<UInt8>, _ second: Span<UInt8>, isLast: Bool
    ) throws(Socket.WriteFailure) -> Int {
        // OpenSSL takes one piece at a time; the second comes first the next time.
        if let count = try session?.write(first, isLast: isLast && second.isEmpty) { return count }
        return try socket.write(first, second, isLast: isLast)
    }

    /// Tells the peer that no more will come.
    mutating func closeSending() {
        sayGoodbye()
        socket.closeSending()
    }

    /// Tells a TLS peer that the stream ends here and was not cut off (RFC 8446 section 6.1). Where there is no room for that, the
    /// socket's end has to do.
    mutating func sayGoodbye() { try? session?.closeSending() }

    /// Goes on in the clear, for a client that has not begun with TLS.
    mutating func abandonTLS() { session = nil }
}
