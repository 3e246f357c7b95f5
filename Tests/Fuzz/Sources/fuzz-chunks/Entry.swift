@testable import FuzzTargets

@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt { FuzzTarget.chunks.run(bytes, count) }
