@testable import FuzzTensorTargets

@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt { FuzzTarget.keyedVectors.run(bytes, count) }
