import HTTPServer
import Testing

@testable import EmbeddingAPI

@Suite struct VocabularyAdmissionTests {
    @Test func admitsAsManyRowsAsThereIsRoomFor() throws {
        let admission = VocabularyAdmission(maximum: 10)
        var first: VocabularyAdmission.Share? = try admission.admit(rows: 6)
        let second = try admission.admit(rows: 4)
        let problem = #expect(throws: Problem.self) { _ = try admission.admit(rows: 1) }
        #expect(problem?.status == .tooManyRequests && problem?.code == "too_many_vocabularies" && problem?.retryAfter == 10)
        first = nil
        #expect(first == nil)
        // What was refused is not counted.
        let third = try admission.admit(rows: 6)
        withExtendedLifetime((second, third)) {}
        #expect(throws: Never.self) { _ = try VocabularyAdmission(maximum: 10).admit(rows: 11) }
    }
}
