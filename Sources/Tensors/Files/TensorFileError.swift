/// What is wrong with a file of tensors, or with what was asked of it.
public enum TensorFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file cannot be opened, mapped or written; `reason` is the system's word for it.
    case unreadable(file: String, reason: String)
    case unwritable(file: String, reason: String)
    /// Neither of the files that would hold a checkpoint is in the folder.
    case noCheckpoint(folder: String, lookedFor: [String])
    /// A file that the index lists is not there.
    case missingShard(file: String, index: String)
    /// The file breaks its format; `byteOffset` counts from its start.
    case malformed(file: String, problem: String, byteOffset: Int)
    /// A pickle asks for a class or function that is not among the few that tensors and plain data need.
    case refusedGlobal(file: String, module: String, name: String, byteOffset: Int)
    case missingTensor(key: String, file: String)
    /// The elements of a tensor do not lie one after the other in row-major order.
    case notContiguous(key: String, file: String, shape: [Int], strides: [Int])
    case wrongShape(key: String, file: String, expected: [Int], found: [Int])
    case unsupportedType(key: String, file: String, type: ElementType)
    /// A finite number would become infinite in the format that weights are to be kept in.
    case overflow(key: String, file: String, format: FloatFormat)
    /// A row to be written has a NaN or infinity, or a number that becomes infinite in the tensor's type.
    case notFinite(key: String, file: String, row: Int, type: ElementType)

    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "cannot read \(file): \(reason)"
        case .unwritable(let file, let reason): "cannot write \(file): \(reason)"
        case .noCheckpoint(let folder, let lookedFor):
            "no checkpoint in \(folder): looked for \(lookedFor.joined(separator: ", "))"
        case .missingShard(let file, let index): "\(file) does not exist, and \(index) lists it"
        case .malformed(let file, let problem, let byteOffset): "\(file) is malformed at byte \(byteOffset): \(problem)"
        case .refusedGlobal(let file, let module, let name, let byteOffset):
            "\(file) asks at byte \(byteOffset) for \(module).\(name), which is not needed for tensors and is refused"
        case .notContiguous(let key, let file, let shape, let strides):
            "tensor \"\(key)\" in \(file) of shape \(shape) has strides \(strides), but must be contiguous here"
        case .missingTensor(let key, let file): "\(file) has no tensor \"\(key)\""
        case .wrongShape(let key, let file, let expected, let found):
            "tensor \"\(key)\" in \(file) has shape \(found), expected \(expected)"
        case .unsupportedType(let key, let file, let type):
            "tensor \"\(key)\" in \(file) has elements of type \(type.rawValue), which cannot be used here"
        case .overflow(let key, let file, let format):
            "tensor \"\(key)\" in \(file) has numbers that are too large for \(format.rawValue)"
        case .notFinite(let key, let file, let row, let type):
            "row \(row) of tensor \"\(key)\" in \(file) would have numbers that are not finite in \(type.rawValue)"
        }
    }
}
