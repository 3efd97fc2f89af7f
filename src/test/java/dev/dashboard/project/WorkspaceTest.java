package dev.dashboard.project;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.dashboard.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkspaceTest {
    @TempDir
    Path temp;

    private Path root;
    private Path outside;
    private Workspace workspace;

    @BeforeEach
    void folders() throws IOException {
        root = Files.createDirectories(temp.toRealPath().resolve("projects"));
        outside = Files.createDirectories(temp.toRealPath().resolve("secrets"));
        Files.createDirectories(root.resolve("shop/src"));
        workspace = Workspace.of(List.of(root));
    }

    @Test
    void aFolderInsideARootIsAllowedAndSoIsTheRoot() {
        assertEquals(root.resolve("shop/src"), workspace.allowed(root + "/shop/src"));
        assertEquals(root, workspace.allowed(root.toString()));
    }

    @Test
    void aLinkThatStaysInsideIsReplacedByWhatItPointsTo() throws IOException {
        Files.createSymbolicLink(root.resolve("link"), root.resolve("shop"));
        assertEquals(root.resolve("shop/src"), workspace.allowed(root + "/link/src"));
    }

    @Test
    void aLinkThatLeadsOutIsRefused() throws IOException {
        Files.createSymbolicLink(root.resolve("link"), outside);
        assertEquals("path-not-allowed", refusal(root + "/link"));
    }

    @Test
    void dotsThatLeadOutAreRefused() {
        assertEquals("path-not-allowed", refusal(root + "/shop/../../secrets"));
    }

    @Test
    void aFolderWhoseNameOnlyBeginsLikeARootIsRefused() throws IOException {
        Path sibling = Files.createDirectories(temp.toRealPath().resolve("projects-of-others"));
        assertEquals("path-not-allowed", refusal(sibling.toString()));
    }

    @Test
    void outsideTheRootsNothingIsToldOfWhatExists() {
        assertEquals("path-not-allowed", refusal(outside.toString()));
        assertEquals("path-not-allowed", refusal(outside + "/no-such-folder"));
    }

    @Test
    void missingFilesAndNonsenseAreNamed() throws IOException {
        Files.createFile(root.resolve("file"));
        assertEquals("path-missing", refusal(root + "/no-such-folder"));
        assertEquals("path-not-a-folder", refusal(root + "/file"));
        assertEquals("path-not-absolute", refusal("shop"));
        assertEquals("path-invalid", refusal(root + "/a\0b"));
        assertEquals("path-invalid", refusal("  "));
        assertEquals("path-invalid", refusal("/" + "a".repeat(5000)));
    }

    private String refusal(String folder) {
        return assertThrows(Problem.class, () -> workspace.allowed(folder)).code();
    }
}
