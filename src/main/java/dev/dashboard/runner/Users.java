package dev.dashboard.runner;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.attribute.UserPrincipal;

/** Users of this machine, as the kernel numbers them. Stateless. */
final class Users {
    private Users() {}

    /** @param name or number; both mean the same user. False when there is no such user */
    static boolean isNamed(UserPrincipal user, String name) {
        try {
            return FileSystems.getDefault()
                    .getUserPrincipalLookupService()
                    .lookupPrincipalByName(name)
                    .equals(user);
        } catch (IOException e) {
            return false;
        }
    }
}
