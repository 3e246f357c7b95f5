import HTTPServer

/// Who sent a request, and what they may do: the bearer of a key, or anybody where none are needed.
final class Caller: HTTPAdmission {
    private let key: (entry: APIKeyEntry, usage: KeyUsage)?

    /// Whoever asks a service without keys.
    static let anonymous = Caller()

    private init() { key = nil }

    /// - Throws: 429 if the key has as many requests under way as it may.
    init(_ entry: APIKeyEntry, _ usage: KeyUsage) throws(Problem) {
        try usage.begin(limit: entry.requestsAtOnce)
        key = (entry, usage)
    }

    /// The key's name.
    var caller: String? { key?.entry.name }

    func exchangeEnded() { key?.usage.end() }

    func mayUse(model name: String) -> Bool { key?.entry.models?.contains(name) ?? true }

    /// - Parameter pointer: where the request names it; nil if its path does.
    /// - Throws: 403 if the key is not for the model.
    func check(model name: String, pointer: String?) throws(Problem) {
        guard !mayUse(model: name) else { return }
        let detail = "the key is not for the model \"\(name)\""
        var problem = Problem(
            status: .forbidden, code: "model_forbidden", title: "Model not allowed", detail: detail,
            errors: pointer.map { [($0, detail)] } ?? [])
        problem.challenge(error: "insufficient_scope")
        throw problem
    }

    /// Takes tokens of what the key allows a minute, before anything is computed for them.
    ///
    /// - Throws: 429 if it has not as many left.
    func charge(tokens count: Int) throws(Problem) {
        guard let (entry, usage) = key, let perMinute = entry.tokensPerMinute else { return }
        try usage.charge(count, perMinute: perMinute, now: .now)
    }
}
