import Foundation
import Testing

/// The inputs that Tests/Fuzz has found worth keeping.
@Suite struct FuzzCorpusTests {
    @Test(arguments: FuzzTarget.allCases)
    func findsNothing(target: FuzzTarget) throws {
        let folder = URL(fileURLWithPath: fixture("../Fuzz/Corpus/\(target.rawValue)"))
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files {
            let input = try Array(Data(contentsOf: file))
            #expect(throws: Never.self, "\(file.lastPathComponent)") { try target.check(input) }
        }
    }
}
