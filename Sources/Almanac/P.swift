import ArgumentParser
@main struct A { static func main() { print("x") } }
