import Generation
import HTTPServer
import Hypernetworks
import Tensors

extension EmbeddingService {
    static let vocabularyPath = "/v1/vocabulary-embeddings"

    /// Bytes of a request's body, by path: a whole tokenizer.json may be larger than any list of tokens.
    public static let bodyBytesByPath = [vocabularyPath: 128 << 20]

    /// `POST /v1/vocabulary-embeddings`: a whole vocabulary becomes a safetensors file, sent while it is computed. A client that has a
    /// part of it gets the rest by asking for a range, and only that is computed.
    func embedVocabulary(_ request: HTTPRequest, _ exchange: HTTPExchange, for caller: Caller) {
        onWorker(request, exchange) { service, worker throws(Problem) in
            try MediaType.checkBody(of: request)
            _ = try MediaType.negotiate(request, offered: [.safetensors])
            let deadline = try Self.deadline(request, exchange)
            let body = try VocabularyRequest(request, limits: service.limits) { name throws(Problem) in
                try service.model(named: name, pointer: "?model", for: caller)
            }
            exchange.note("model", .text(body.model.name))
            exchange.note("tokens", .number(body.count))
            let share = try service.vocabularies.admit(rows: body.count)
            let transfer = try body.transfer(pause: worker.pause)
            // Of the request itself, which may be large, the stream keeps nothing.
            let method = body.rows.choice.method
            let length = transfer.file.count
            let range = ByteRange(request, length: length, entityTag: transfer.entityTag)
            var head = try HTTPResponse(
                range: range, length: length, entityTag: transfer.entityTag, contentType: MediaType.safetensors.rawValue)
            head.fields.append(trusted: "Model-Digest", body.model.digest)
            let bytes = if case .part(let part) = range { part } else { 0..<length }
            // Whoever resumes a download pays for the rest of it.
            try caller.charge(tokens: transfer.file.rowCount(in: bytes))
            do throws(VocabularyStreamError) {
                let stream = try transfer.stream(bytes, on: service.engine, deadline: deadline) { exchange.isCancelled }
                StreamedBody(VocabularyBody(stream, share), on: service.engine) { encoding in
                    service.count(stream, of: transfer.plan, by: method, model: transfer.model)
                    service.count(stream.durations, encoding: encoding, total: exchange.age, of: .vocabularyEmbeddings)
                }.begin(exchange, head: head, length: bytes.count)
            } catch {
                throw Problem(error)
            }
        }
    }
}

private final class VocabularyBody: BodySource {
    private let stream: VocabularyStream
    private let share: VocabularyAdmission.Share

    init(_ stream: VocabularyStream, _ share: VocabularyAdmission.Share) {
        self.stream = stream
        self.share = share
    }

    func nextPart(on worker: Worker) -> BodyPart {
        switch stream.next() {
        case .bytes(let bytes): .bytes(bytes)
        case .notYet: .notYet
        case .failed(let error): .failed(Problem(error))
        case .end: .end
        }
    }

    func whenReady(_ resume: @escaping @Sendable (Worker) -> Void) { stream.whenReady(resume) }

    /// Nothing that a reader of tensors would understand.
    func lastWords(_ problem: Problem) -> [UInt8] { [] }
}

extension Problem {
    init(_ error: VocabularyStreamError) {
        switch error {
        case .generation(let error): self.init(error)
        case .spool:
            self.init(
                status: .serviceUnavailable, code: "no_temporary_space", title: "No room for temporary data", detail: "\(error)")
        case .overflow:
            self.init(
                status: .unprocessableContent, code: "overflow", title: "A number is too large for the format", detail: "\(error)")
        }
    }
}
