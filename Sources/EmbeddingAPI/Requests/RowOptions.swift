import Generation
import Hypernetworks
import Tensors

extension RowOptions {
    static let fieldNames = [
        "method", "weighting", "neighbors", "temperature", "atoms", "metric", "scale", "seed", "norm", "dtype", "outputs", "language",
    ]

    init(_ fields: some RequestFields, issues: inout FieldIssues) {
        self.init()
        choice.method = fields.option("method", issues: &issues) ?? .hypernetwork
        for error in choice.set(MethodParameters(fields, issues: &issues)) {
            issues.add(pointer: fields.pointer(error.parameter), "\(error)")
        }
        if let scale = fields.number("scale", issues: &issues) {
            choice.covarianceScale = Float(scale)
            if !(scale > 0 && scale <= 1_000) { issues.add(pointer: fields.pointer("scale"), "must be above 0, up to 1000") }
        }
        if let seed = fields.integer("seed", issues: &issues) {
            choice.seed = UInt64(max(seed, 0))
            if seed < 0 { issues.add(pointer: fields.pointer("seed"), "must be 0 or more") }
        }
        norm = fields.option("norm", issues: &issues) ?? .none
        format = fields.option("dtype", issues: &issues) ?? .float32
        outputs = fields.options("outputs", issues: &issues).map(Set.init) ?? outputs
        language = fields.string("language", issues: &issues)
    }
}

extension MethodParameters {
    fileprivate init(_ fields: some RequestFields, issues: inout FieldIssues) {
        self.init()
        weighting = fields.string("weighting", issues: &issues)
        neighbors = fields.integer("neighbors", issues: &issues)
        temperature = fields.number("temperature", issues: &issues).map { Float($0) }
        atoms = fields.integer("atoms", issues: &issues)
        metric = fields.option("metric", issues: &issues)
    }
}
