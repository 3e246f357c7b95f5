import Generation
import HTTPServer
import Hypernetworks
import Tokenization

extension EmbeddingMap {
    /// Nearest base tokens are told of no more tokens than this: more would hide the picture.
    private static let maximumAnchored = 40

    /// A map of the input rows of a request's tokens.
    ///
    /// - Parameters:
    ///   - rows: made by `tokens.order`.
    ///   - pause: called now and then, for others to have their turn.
    /// - Throws: a problem where the base's rows have no plane: there are none, or their numbers are too large.
    public init(
        _ request: TokenEmbeddingsRequest, tokens: PreparedTokens, rows: GeneratedRows, pause: () -> Void = {}
    ) throws(Problem) {
        let model = tokens.model
        let table = model.trainingFree.input
        let places = Array(tokens.items.indices)
        let plane: PrincipalPlane
        let positions: [SIMD2<Float>]
        do throws(TrainingFreeError) {
            plane = try table.principalPlane(pause: pause)
            positions = try table.positions(of: rows.input, only: places, pause: pause)
        } catch {
            throw Problem(.method(error))
        }
        var anchors: [Anchor] = []
        var numbers: [Int32: Int] = [:]
        var nearest = [(anchor: Int, cosine: Float)?](repeating: nil, count: places.count)
        if places.count <= Self.maximumAnchored {
            for (place, neighbors) in table.nearestRows(to: rows.input, only: places, count: 1, pause: pause).enumerated() {
                guard let neighbor = neighbors.first, let position = plane.position(of: neighbor.id) else { continue }
                let number = numbers[neighbor.id, default: anchors.count]
                if number == anchors.count {
                    numbers[neighbor.id] = number
                    let bytes = model.baseTokenizer.bytes(of: Int(neighbor.id)) ?? []
                    anchors.append(Anchor(name: Self.text(of: bytes), position: position))
                }
                nearest[place] = (number, neighbor.cosine)
            }
        }
        self.init(
            subtitle: "model \(model.name), method \(request.rows.choice.method.rawValue), input embeddings",
            base: plane.positions, dimension: table.dimension, varianceShares: plane.axes.varianceShares,
            marks: places.map { place in
                let item = tokens.items[place]
                return Mark(name: Self.name(of: item), status: item.status, position: positions[place], nearest: nearest[place])
            }, anchors: anchors)
    }

    /// As the request spells it, as long as that is for people.
    private static func name(of item: PreparedTokens.Item) -> String {
        switch item.spelling {
        case .token(_, .bytes): text(of: item.token?.bytes ?? [])
        case .token(let token, _): token
        case .sourceIDs(let ids): "ids " + ids.map(String.init).joined(separator: ", ")
        }
    }

    /// Bytes that are no UTF-8 are told by their numbers.
    private static func text(of bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return bytes.map { $0 < 0x80 ? String(UnicodeScalar($0)) : "⟨\(String($0, radix: 16, uppercase: true))⟩" }.joined()
    }
}
