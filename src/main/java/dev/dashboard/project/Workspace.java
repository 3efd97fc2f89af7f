package dev.dashboard.project;

import dev.dashboard.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/**
 * Path safety: the one place that answers "may people work in this folder?".
 *
 * <p>A folder is allowed when its real path, all links resolved, lies inside the real path of an allowed root, compared by path
 * elements. Links that lead out are therefore refused, and links inside are replaced by what they point to. Immutable; any thread.
 */
public final class Workspace {
    /** Longest path that is looked at; the limit of the operating system. */
    private static final int MAX_PATH = 4096;

    private final List<Path> roots;

    private Workspace(List<Path> roots) {
        this.roots = List.copyOf(roots);
    }

    /** Takes existing directories; their real paths are fixed now, so that a root cannot be swapped for a link later. */
    public static Workspace of(List<Path> roots) {
        return new Workspace(roots.stream().map(Workspace::realRoot).toList());
    }

    private static Path realRoot(Path root) {
        try {
            return root.toRealPath();
        } catch (IOException e) {
            throw Problem.invalid(
                            "root-missing", "projects.roots: the folder " + root + " does not exist or cannot be read.")
                    .causedBy(e);
        }
    }

    public List<Path> roots() {
        return roots;
    }

    /** The real path of an allowed folder, or a {@link Problem} that names it and the remedy. */
    public Path allowed(String folder) {
        if (folder.isBlank() || folder.length() > MAX_PATH || folder.indexOf('\0') >= 0) {
            throw Problem.invalid(
                    "path-invalid", "path: give the absolute path of a folder, at most " + MAX_PATH + " characters.");
        }
        try {
            return allowed(Path.of(folder));
        } catch (InvalidPathException e) {
            throw Problem.invalid("path-invalid", "path: this is not a path.").causedBy(e);
        }
    }

    /**
     * Asked again right before each use of a folder that was allowed once: in between it can have become a link.
     *
     * @param known a path that {@link #allowed} has answered
     * @throws Problem FORBIDDEN {@code path-replaced} when the path leads elsewhere now
     */
    public Path still(Path known) {
        if (!allowed(known).equals(known)) {
            throw new Problem(
                    Problem.Kind.FORBIDDEN,
                    "path-replaced",
                    "The folder " + known + " was replaced by a link. Put the folder back, or use another project.");
        }
        return known;
    }

    /** As {@link #allowed(String)}. */
    public Path allowed(Path folder) {
        if (!folder.isAbsolute()) {
            throw Problem.invalid(
                    "path-not-absolute", "path: " + folder + " is not absolute; it must start with a slash.");
        }
        Path real;
        try {
            real = folder.toRealPath();
        } catch (IOException e) {
            // One answer for "missing" and "unreadable", and only inside the roots: outside, nothing is told of what
            // exists, by way of a link neither.
            if (roots.stream().noneMatch(nearest(folder)::startsWith)) {
                throw outside(folder);
            }
            throw Problem.invalid("path-missing", "path: there is no readable folder " + folder + ".")
                    .causedBy(e);
        }
        if (roots.stream().noneMatch(real::startsWith)) {
            throw outside(folder);
        }
        if (!Files.isDirectory(real)) {
            throw Problem.invalid("path-not-a-folder", "path: " + folder + " is not a folder.");
        }
        return real;
    }

    /** Where the nearest folder above really lies that is there; the path itself may not be. */
    private static Path nearest(Path folder) {
        for (Path above = folder; above != null; above = above.getParent()) {
            try {
                return above.toRealPath();
            } catch (IOException e) {
                // Further up.
            }
        }
        return folder.getRoot();
    }

    private static Problem outside(Path folder) {
        return new Problem(
                Problem.Kind.FORBIDDEN,
                "path-not-allowed",
                "This folder is not allowed. " + folder
                        + " lies outside the project folders. Choose one inside them, or ask an administrator to add a root.");
    }
}
