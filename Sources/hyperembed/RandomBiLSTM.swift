import Foundation
import Hypernetworks
import Tensors

extension HyperOFAConfiguration {
    /// Of the matrix products of a BiLSTM's layers, for one word.
    var floatingPointOperationsPerWord: Double {
        guard case .biLSTM(let hiddenSize) = encoder else { return 0 }
        return (0..<layers).reduce(0) { sum, layer in
            let inputs = layer == 0 ? wordSize : 2 * hiddenSize
            return sum + 2 * 2 * Double(4 * hiddenSize * (inputs + hiddenSize))
        }
    }

    /// A BiLSTM of these sizes with random weights and word vectors.
    func makeRandomBiLSTM(weightFormat: FloatFormat) throws -> HyperOFAHypernetwork {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)").path
        // What is mapped stays when its name goes.
        defer { try? FileManager.default.removeItem(atPath: path) }
        try RandomTensors.write(tensors, to: path)
        return try HyperOFAHypernetwork(configuration: self, checkpoint: Checkpoint(file: path), weightFormat: weightFormat)
    }

    /// The names and shapes of a checkpoint's tensors.
    private var tensors: [(key: String, shape: [Int])] {
        guard case .biLSTM(let hiddenSize) = encoder else { return [] }
        var tensors = [("model.word_vector_emb_layer.weight", [wordCount + 1, wordSize])]
        for layer in 0..<layers {
            for suffix in ["l\(layer)", "l\(layer)_reverse"] {
                let inputs = layer == 0 ? wordSize : 2 * hiddenSize
                tensors += [
                    ("model.lstm.weight_ih_\(suffix)", [4 * hiddenSize, inputs]),
                    ("model.lstm.weight_hh_\(suffix)", [4 * hiddenSize, hiddenSize]),
                    ("model.lstm.bias_ih_\(suffix)", [4 * hiddenSize]), ("model.lstm.bias_hh_\(suffix)", [4 * hiddenSize]),
                ]
            }
        }
        return tensors + [
            ("model.linear_output_layers.0.weight", [2 * outputSize, 2 * hiddenSize]),
            ("model.linear_output_layers.0.bias", [2 * outputSize]),
            ("model.linear_output_layers.3.weight", [outputSize, 2 * outputSize]),
            ("model.linear_output_layers.3.bias", [outputSize]),
        ]
    }
}
