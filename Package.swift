// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "hyperembed",
    products: [
        .executable(name: "hyperembed", targets: ["hyperembed"]),
        .library(name: "HTTPServer", targets: ["HTTPServer"]),
        .library(name: "Tensors", targets: ["Tensors"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // The kernels are what the service spends its time in, so a debug build optimises them too.
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CLinux"),
        .target(name: "JSON"),
        .target(
            name: "Tensors", dependencies: ["CKernels", "JSON", .product(name: "HeapModule", package: "swift-collections")]),
        .target(name: "Tokenization", dependencies: ["JSON"]),
        .target(name: "Hypernetworks", dependencies: ["Tensors", "Tokenization", "CKernels", "JSON", "Yams"]),
        .target(
            name: "Generation",
            dependencies: ["Hypernetworks", "COpenSSL", .product(name: "DequeModule", package: "swift-collections")],
            resources: [.copy("Resources/minilm")]),
        .target(name: "HTTPServer", dependencies: ["CLinux", "COpenSSL", "CZlib", "JSON"]),
        .target(name: "CPage", exclude: ["page.html", "page.css", "page.js", "icon.svg"]),
        .target(
            name: "EmbeddingAPI",
            dependencies: [
                "Generation", "HTTPServer", "JSON", "COpenSSL", "CPage", "Yams", .product(name: "Logging", package: "swift-log"),
            ]),
        .executableTarget(
            name: "hyperembed",
            dependencies: [
                "EmbeddingAPI", "CLinux", .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]),

        .testTarget(name: "JSONTests", dependencies: ["JSON"]),
        .testTarget(name: "CKernelsTests", dependencies: ["CKernels"]),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
        .testTarget(name: "TokenizationTests", dependencies: ["Tokenization"]),
        .testTarget(name: "HypernetworksTests", dependencies: ["Hypernetworks"]),
        .testTarget(name: "GenerationTests", dependencies: ["Generation"]),
        .testTarget(name: "HTTPServerTests", dependencies: ["HTTPServer", "COpenSSL"]),
        .testTarget(
            name: "EmbeddingAPITests", dependencies: ["EmbeddingAPI", .product(name: "Logging", package: "swift-log")]),
        .testTarget(name: "EndToEndTests", dependencies: ["hyperembed", "Yams"]),
    ],
    swiftLanguageModes: [.v6]
)
