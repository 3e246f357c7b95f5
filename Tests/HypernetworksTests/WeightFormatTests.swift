import Foundation
import Hypernetworks
import Tensors
import Testing

/// A hypernetwork whose weights are kept in 16 bits.
@Suite struct WeightFormatTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let formats: [FloatFormat] = [.float16, .bfloat16]

    /// Rounding to p significant bits moves a weight by 2^−p of it at most, and by 0.38 · 2^−p in the root mean square: p is 11
    /// for float16, 8 for bfloat16. Errors within a layer are independent of each other, so a product moves by as much
    /// relative to its norm. Some 18 products follow one another (three in each projection, four in each of three layers), and
    /// their errors add up as independent ones do: √18 · 0.38 · 2^−p = 1.6 · 2^−p. The worst of a hundred rows may be twice that.
    private static func tolerance(_ format: FloatFormat) -> Float { format == .float16 ? 3.2 * 0x1p-11 : 3.2 * 0x1p-8 }

    @Test(arguments: ZeTTGoldenTests.cases, formats)
    func agreesWithTheAuthors(name: String, format: FloatFormat) throws {
        let folder = golden(name)
        let configuration = try ZeTTHypernetwork.readConfiguration(folder: folder)
        let goldenCase = try GoldenCase(path: folder + "/case.safetensors", configuration: configuration)
        let base = try #require(goldenCase.sourceEmbeddings)
        let wide = try ZeTTHypernetwork(folder: folder, base: [base])
        let half = try ZeTTHypernetwork(folder: folder, base: [base], weightFormat: format)
        #expect(2 * half.packedByteCount == wide.packedByteCount)
        var workspace = ZeTTWorkspace(configuration)
        for deviation in goldenCase.deviations(of: half.generate(goldenCase.tokens[...], workspace: &workspace)) {
            #expect(deviation.relative < Self.tolerance(format), "\(deviation)")
        }
    }

    /// To the bit: what the float32 hypernetwork gives whose matrices were rounded in the file.
    @Test(arguments: ZeTTGoldenTests.cases, formats)
    func isTheHypernetworkOfRoundedMatrices(name: String, format: FloatFormat) throws {
        let folder = golden(name)
        let rounded = try roundedCopy(of: folder, to: format)
        let configuration = try ZeTTHypernetwork.readConfiguration(folder: folder)
        let goldenCase = try GoldenCase(path: folder + "/case.safetensors", configuration: configuration)
        let base = try #require(goldenCase.sourceEmbeddings)
        var workspace = ZeTTWorkspace(configuration)
        let half = try ZeTTHypernetwork(folder: folder, base: [base], weightFormat: format)
        let wide = try ZeTTHypernetwork(folder: rounded, base: [base])
        let halfRows = half.generate(goldenCase.tokens[...], workspace: &workspace)
        let wideRows = wide.generate(goldenCase.tokens[...], workspace: &workspace)
        for token in goldenCase.tokens.indices { #expect(halfRows.bits(token) == wideRows.bits(token)) }
    }

    /// The folder with the matrices of its linear layers rounded to `format`; everything else is float32 in any case.
    private func roundedCopy(of folder: String, to format: FloatFormat) throws -> String {
        let copy = scratch.newPath()
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: folder + "/config.json", toPath: copy + "/config.json")
        var writer = SafetensorsWriter()
        for tensor in try SafetensorsFile(path: folder + "/model.safetensors").tensors {
            // Other tensors of two dimensions are tables of rows that are looked up.
            let isLayer = tensor.shape.count == 2 && tensor.key.hasSuffix(".weight") && !tensor.key.contains("embeddings.weight")
            let elements = try tensor.floats()
            writer.add(
                tensor.key, shape: tensor.shape, elements: isLayer ? elements.map(format.rounded) : elements)
        }
        try Data(writer.encoded()).write(to: URL(fileURLWithPath: copy + "/model.safetensors"))
        return copy
    }
}
