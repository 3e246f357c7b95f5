// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody has to build it who only wants the service.
let package = Package(
    name: "StreamingServer",
    dependencies: [.package(name: "hyperembed", path: "../../..")],
    targets: [
        .executableTarget(name: "streaming-server", dependencies: [.product(name: "HTTPServer", package: "hyperembed")])
    ],
    swiftLanguageModes: [.v6]
)
