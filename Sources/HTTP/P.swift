import Hummingbird
import JWTKit
import Yams
