import Generation
import Hypernetworks
import Tensors

extension RowOptions {
    static let fieldNames = ["method", "weighting", "scale", "seed", "norm", "dtype", "outputs", "language"]

    init(_ fields: some RequestFields, issues: inout FieldIssues) {
        self.init()
        choice.method = fields.option("method", issues: &issues) ?? .hypernetwork
        choice.weighting = fields.option("weighting", issues: &issues)
        if let scale = fields.number("scale", issues: &issues) {
            choice.covarianceScale = Float(scale)
            if !(scale > 0 && scale <= 1_000) { issues.add(pointer: fields.pointer("scale"), "must be above 0, up to 1000") }
        }
        if let seed = fields.integer("seed", issues: &issues) {
            choice.seed = UInt64(max(seed, 0))
            if seed < 0 { issues.add(pointer: fields.pointer("seed"), "must be 0 or more") }
        }
        if choice.method == .weighted, choice.weighting == nil {
            let names = PieceWeighting.allCases.map(\.rawValue).joined(separator: ", ")
            issues.add(pointer: fields.pointer("weighting"), "method weighted needs one of \(names)")
        }
        norm = fields.option("norm", issues: &issues) ?? .none
        format = fields.option("dtype", issues: &issues) ?? .float32
        outputs = fields.options("outputs", issues: &issues).map(Set.init) ?? outputs
        language = fields.string("language", issues: &issues)
    }
}
