package dev.cria.model.session;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Hash functions. */
final class Digests {
    private Digests() {}

    /** {@return SHA-256, which every Java has} */
    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
