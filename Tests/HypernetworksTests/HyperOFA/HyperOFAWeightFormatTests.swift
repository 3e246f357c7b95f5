import Foundation
import Hypernetworks
import Tensors
import Testing

/// A HyperOFA hypernetwork whose weights are kept in 16 bits.
@Suite struct HyperOFAWeightFormatTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let formats: [FloatFormat] = [.float16, .bfloat16]

    /// As `WeightFormatTests` has it: as many products follow one another, or a sequence's steps, of which each forgets some of
    /// what came before.
    private static func tolerance(_ format: FloatFormat) -> Float { format == .float16 ? 3.2 * 0x1p-11 : 3.2 * 0x1p-8 }

    @Test(arguments: HyperOFAGoldenTests.cases, formats)
    func agreesWithTheAuthors(name: String, format: FloatFormat) throws {
        let wide = try HyperOFAHypernetwork(folder: golden(name))
        let half = try HyperOFAHypernetwork(folder: golden(name), weightFormat: format)
        #expect(2 * half.packedByteCount == wide.packedByteCount)
        let goldenCase = try HyperOFAGoldenCase(
            path: golden(name) + "/case.safetensors", configuration: half.configuration)
        var workspace = HyperOFAWorkspace(half.configuration)
        half.predict(goldenCase.tokens[...], workspace: &workspace)
        let deviation = goldenCase.deviation(of: workspace.coordinates)
        #expect(deviation.relative < Self.tolerance(format), "\(deviation)")
    }

    /// To the bit: what the float32 hypernetwork predicts whose matrices were rounded in the file.
    @Test(arguments: HyperOFAGoldenTests.cases, formats)
    func isTheHypernetworkOfRoundedMatrices(name: String, format: FloatFormat) throws {
        let half = try HyperOFAHypernetwork(folder: golden(name), weightFormat: format)
        let wide = try HyperOFAHypernetwork(
            configuration: half.configuration,
            checkpoint: Checkpoint(file: roundedCopy(of: golden(name) + "/model.ckpt", to: format)))
        let tokens = try HyperOFAGoldenCase(
            path: golden(name) + "/case.safetensors", configuration: half.configuration
        ).tokens
        var halfWorkspace = HyperOFAWorkspace(half.configuration)
        var wideWorkspace = HyperOFAWorkspace(half.configuration)
        half.predict(tokens[...], workspace: &halfWorkspace)
        wide.predict(tokens[...], workspace: &wideWorkspace)
        for token in tokens.indices {
            #expect(
                halfWorkspace.coordinates.row(token).map(\.bitPattern) == wideWorkspace.coordinates.row(token).map(\.bitPattern))
        }
    }

    /// A checkpoint with the matrices of its layers rounded to `format`; everything else is float32 in any case.
    private func roundedCopy(of checkpoint: String, to format: FloatFormat) throws -> String {
        var writer = SafetensorsWriter()
        for tensor in try TorchCheckpoint(path: checkpoint).tensors {
            let isLayer = tensor.shape.count == 2 && tensor.key != "model.word_vector_emb_layer.weight"
            let elements = try tensor.floats()
            writer.add(tensor.key, shape: tensor.shape, elements: isLayer ? elements.map(format.rounded) : elements)
        }
        let copy = scratch.newPath()
        try Data(writer.encoded()).write(to: URL(fileURLWithPath: copy))
        return copy
    }
}
