/// The classes and functions that a pickle may name. None is ever called: each only says how the data beside it is to be read.
struct PickleGlobal: Sendable {
    enum Role: Sendable, Equatable {
        /// A dictionary or a subclass of it, of which only the entries count.
        case dictionary
        case set
        /// `torch._utils._rebuild_tensor_v2`: storage, offset, shape, strides.
        case tensor
        /// `torch._utils._rebuild_parameter`: a tensor.
        case parameter
        /// The class of a storage, which is only named.
        case storage(ElementType)
        /// `numpy.core.multiarray._reconstruct`: an array whose state has shape, type and bytes.
        case array
        /// `numpy.core.numeric._frombuffer`: bytes, type and shape.
        case arrayBuffer
        case arrayType
        case keyedVectors
        /// An object whose arguments and state are data.
        case object
        /// A class or constant that is only named.
        case name
    }

    let module: String
    let name: String
    let role: Role

    /// The place in `allowed`; nil for anything that is refused.
    static func index(module: String, name: String) -> Int? { indexByName["\(module) \(name)"] }

    private static let indexByName = Dictionary(
        uniqueKeysWithValues: allowed.enumerated().map { ("\($1.module) \($1.name)", $0) })

    static let allowed: [PickleGlobal] =
        global("collections", ["OrderedDict", "defaultdict"], .dictionary)
        + global("builtins", ["dict"], .dictionary) + global("__builtin__", ["dict"], .dictionary)
        + global("builtins", ["set", "frozenset"], .set) + global("__builtin__", ["set", "frozenset"], .set)
        + global("builtins", ["list", "int", "float", "str", "bool"], .name)
        + global("__builtin__", ["list", "int", "float", "unicode", "bool"], .name)
        // Protocol 2 has no bytes: they are text that is to be encoded.
        + global("_codecs", ["encode"], .object) + global("argparse", ["Namespace"], .object)
        + ["pathlib", "pathlib._local"].flatMap {
            global($0, ["Path", "PosixPath", "WindowsPath", "PurePath", "PurePosixPath", "PureWindowsPath"], .object)
        }
        + [
            "lightning.pytorch.utilities.parsing", "lightning.fabric.utilities.data", "lightning_fabric.utilities.data",
            "pytorch_lightning.utilities.parsing",
        ].flatMap { global($0, ["AttributeDict"], .dictionary) }
        + global("torch._utils", ["_rebuild_tensor_v2"], .tensor) + global("torch._utils", ["_rebuild_parameter"], .parameter)
        + global("torch", ["Size", "device"], .object)
        + global(
            "torch",
            [
                "float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool",
            ], .name)
        + storages.map { PickleGlobal(module: "torch", name: $0, role: .storage($1)) }
        + ["numpy.core", "numpy._core"].flatMap {
            global("\($0).multiarray", ["_reconstruct"], .array) + global("\($0).multiarray", ["scalar"], .object)
                + global("\($0).numeric", ["_frombuffer"], .arrayBuffer)
        }
        + global("numpy", ["ndarray"], .name) + global("numpy", ["dtype"], .arrayType)
        + global(
            "gensim.models.keyedvectors",
            ["KeyedVectors", "Word2VecKeyedVectors", "EuclideanKeyedVectors", "FastTextKeyedVectors"], .keyedVectors)
        + global("gensim.models.fasttext", ["FastTextKeyedVectors"], .keyedVectors)
        + global("gensim.models.keyedvectors", ["Vocab"], .object)

    private static let storages: [(String, ElementType)] = [
        ("DoubleStorage", .float64), ("FloatStorage", .float32), ("HalfStorage", .float16), ("BFloat16Storage", .bfloat16),
        ("LongStorage", .int64), ("IntStorage", .int32), ("ShortStorage", .int16), ("CharStorage", .int8),
        ("ByteStorage", .uint8), ("BoolStorage", .boolean),
    ]

    private static func global(_ module: String, _ names: [String], _ role: Role) -> [PickleGlobal] {
        names.map { PickleGlobal(module: module, name: $0, role: role) }
    }
}
