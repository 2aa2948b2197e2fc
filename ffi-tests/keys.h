// A key pair that was made for these tests; nothing trusts it. `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048`,
// written as the inside of a JSON text.

#ifndef KEYS_H
#define KEYS_H

#define RSA_PRIVATE_KEY \
    "-----BEGIN PRIVATE KEY-----\\n" \
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC0iSEweWvdiEab\\n" \
    "+5qK0OJ9EAWuOaRWvFihV4yvDkp34o0sBNEp/8FOehGKoFOutPG76Gofj4YzJIIG\\n" \
    "sgHlxAwK69E7KZBtPQMMpoG6r2kd0eKD/mbCcCkG654Zui7+5yknx4C4mGYCun6U\\n" \
    "xjqHiClrxoq7tLDo6HM0nzxVnlY9smC+PUzXdZ4MZye3lueUjBp1G4Hqv8TTgVSW\\n" \
    "IxobdXSCluDizu5dfDZjfJCri8e0wWzJ6CjcgEOg4+mLI4IhTl6EBCysOveMt8Cp\\n" \
    "aCmXC74dxzVTASQK9eid0Bovev2w2xUfl0sVynTQ3xa2sr2ldJ91xe346yllxod7\\n" \
    "CXw1QFtpAgMBAAECggEAR8oJ2RlHc8nHbipwS0gB8EJJR/0i5Nyzj8DdMBVKNn7v\\n" \
    "rTPjKsTJTRgMVqgnbp8ESzkBzjgH4NlhHSF20LOTKFqakmCWTmIHDuY9SwuKjLGT\\n" \
    "1fH5UdNA9UAHV+qp2nH4cxmJjZ4IXohjYmyrBI74DaPfMgIJoSwh96hkWRWD7LcR\\n" \
    "ZNKfvtRMU6a5J0XT2EyUstDDRYW8/hSFbVXhupLL/FqqZbgZgQKuqwWYhUdagWNe\\n" \
    "a75vPKy/7qHRhCEc44fLoAfcM5de+wlnxTMveha6XIiQSU667j7MQ0r/OGl9ikP9\\n" \
    "1CSoQtTPEp6EgvZrXmVGNO9ylF8hLzMEVBdpUzPe2wKBgQDdhnX8BdeRWvkqWkRJ\\n" \
    "nE+bUob4fGUlN/lyctVQZJtHtHiC8UwB1Emt7DVSFiYC4t7m4xNXUJRfNemB/8tB\\n" \
    "QL74s23R6qfv/O2SaBgwMlxzcqoeqfLxAYVuWiMrs7KkuW+4m63m/rHmdSCnvl01\\n" \
    "KbuT7uBTgutalT90o8s6ZkH4nwKBgQDQoaYjCGvOiqWTpXIPbrI4EchjZHi/F84f\\n" \
    "8Ar5Yx0B2e8/PyojilcI4QN/aKOQe9+RcCNKyNxDKOn9AFlHn9erzDOMrbnEWgIi\\n" \
    "1aKAvGjftbVzGU5c3+Ex5nCn3B4a+VvynSmgXvjoB/IDqlzFB+8qXDaRGyQ7au2f\\n" \
    "pZgJs6JG9wKBgEM7Nb+hPkVdKNXTw3nbuMVZDKGJj2D2VfyIIXler0nZ2eFTvk+n\\n" \
    "0By63YvmMO8bT68fJ5WOXRlwUUglC9jn/42XVzMoVoOdbbTLZtvpzOk02bCov5Sp\\n" \
    "c4eET7xJs2QO63tJtEOw9OkOjzSZr8wcuFMzYl22FBvPxAxwUZONyWPdAoGBAK1z\\n" \
    "l0JNAAQpdNs5k4iNCZJgBm/L2i9VRUN8OEN6SWV+oM++XfRKUW3KVTQZ9NJsikTK\\n" \
    "LC1CrQ0Q+Ogk4BUSKSZlkP4GeQlro5b+cioBeldzJLXadjH016663TJRaJ4Ybn9Y\\n" \
    "doEkNGAEKwstGg+dNxPKsnsVS5wym/g8nhiCxgmlAoGAAYSiqKNFz3EN1MK/85/b\\n" \
    "gMWdXMKalj65otPW4HhC5I4lb8J95JXm5WljErrQx+s4YRpzoOrZ0+Bnw8658nWz\\n" \
    "AGpsnFoh7fb5fXBxhMLlx8eO4+BUFXbVjqS5dNTSp8KOH/5wciSFplFNWMscdSvj\\n" \
    "usZlXdMGpxVgHKSa5tvem3w=\\n" \
    "-----END PRIVATE KEY-----\\n"

#endif
