// swift-tools-version: 6.2
import PackageDescription

// A package of its own, because everything in it is built with libFuzzer.
let package = Package(
    name: "Fuzz",
    dependencies: [.package(name: "hyperembed", path: "../..")],
    targets: [
        .target(
            name: "FuzzTargets",
            dependencies: [.product(name: "HTTPServer", package: "hyperembed")],
            exclude: ["Fuzzing/FuzzCorpusTests.swift"]),
        .target(
            name: "FuzzTensorTargets",
            dependencies: [.product(name: "Tensors", package: "hyperembed")],
            exclude: ["Fuzzing/FuzzCorpusTests.swift"]),
        .executableTarget(name: "fuzz-requests", dependencies: ["FuzzTargets"]),
        .executableTarget(name: "fuzz-chunks", dependencies: ["FuzzTargets"]),
        .executableTarget(name: "fuzz-inflater", dependencies: ["FuzzTargets"]),
        .executableTarget(name: "fuzz-archive", dependencies: ["FuzzTensorTargets"]),
        .executableTarget(name: "fuzz-checkpoint", dependencies: ["FuzzTensorTargets"]),
        .executableTarget(name: "fuzz-keyed-vectors", dependencies: ["FuzzTensorTargets"]),
        .executableTarget(name: "fuzz-numpy", dependencies: ["FuzzTensorTargets"]),
    ],
    swiftLanguageModes: [.v6]
)
