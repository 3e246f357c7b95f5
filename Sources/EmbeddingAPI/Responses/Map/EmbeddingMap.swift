import Generation

/// A picture of where new tokens fall among the base's rows: a halftone of these in the plane of their first two principal
/// components, and on it the tokens with their names.
///
/// It is for people, so it is complete: a token without room for a name has a number and a square, by which an index below
/// tells its name. Equal tokens give equal bytes, and lie in equal places whatever other tokens are in the picture.
public struct EmbeddingMap: Sendable {
    /// Tokens of one picture: with more nobody could tell one from the other, and every one of them is compared with its
    /// neighbours.
    public static let maximumTokens = 1_024

    /// A new token.
    struct Mark: Sendable {
        var name: String
        var status: RowStatus
        var position: SIMD2<Float>
        /// Its nearest row, in all dimensions: which of `anchors`, and their cosine.
        var nearest: (anchor: Int, cosine: Float)?
    }

    /// A token of the base that is there for orientation.
    struct Anchor: Sendable {
        var name: String
        var position: SIMD2<Float>
    }

    /// What the rows are, for the line below the title.
    var subtitle: String
    /// Of the base's valid rows.
    var base: [SIMD2<Float>]
    var dimension: Int
    var varianceShares: [Double]
    var marks: [Mark]
    var anchors: [Anchor]

    /// The picture as SVG, without scripts, in UTF-8.
    ///
    /// - Parameter pause: called now and then, for others to have their turn.
    public func svg(pause: () -> Void = {}) -> [UInt8] { Array(MapDrawing(self, pause: pause).text.utf8) }
}
