import HTTPServer
import Synchronization

/// Which vocabularies are being transferred. Each keeps what its rows are made of until the last of them has been sent, and a file
/// of holes is short whatever number of rows it has.
final class VocabularyAdmission: Sendable {
    private let rows = Atomic(0)
    private let maximum: Int

    /// - Parameter maximum: rows of all vocabularies.
    init(maximum: Int) { self.maximum = maximum }

    /// The part of one vocabulary, for as long as this lives.
    final class Share: Sendable {
        private let admission: VocabularyAdmission
        private let rows: Int

        fileprivate init(_ admission: VocabularyAdmission, rows: Int) {
            self.admission = admission
            self.rows = rows
        }

        deinit { admission.rows.subtract(rows, ordering: .relaxed) }
    }

    /// - Throws: 429 when there are too many; one by itself is never too large.
    func admit(rows count: Int) throws(Problem) -> Share {
        let all = rows.add(count, ordering: .relaxed).newValue
        let share = Share(self, rows: count)
        guard all <= maximum || all == count else {
            throw Problem(
                status: .tooManyRequests, code: "too_many_vocabularies", title: "Too many vocabularies at once",
                detail: "\(all - count) rows of other vocabularies are under way, and at most \(maximum) may be at once",
                retryAfter: 10)
        }
        return share
    }
}
