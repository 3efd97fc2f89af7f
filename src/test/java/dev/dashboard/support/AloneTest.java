package dev.dashboard.support;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;

class AloneTest {
    /** By another name in one of them, its classes would run beside others, or not at all, and nobody would notice. */
    @Test
    void theBuildLeavesTheseClassesOutOfOneExecutionAndRunsThemInOthers() throws Exception {
        String tag = Alone.class.getAnnotation(Tag.class).value();

        String last = Last.class.getAnnotation(Tag.class).value();

        assertEquals(tag + " | " + last, configured("together", "excludedGroups"));
        assertEquals(tag, configured("alone", "groups"));
        assertEquals(last, configured("last", "groups"));
        for (String rest : List.of("together groups", "alone excludedGroups", "last excludedGroups")) {
            assertEquals("", configured(rest.split(" ")[0], rest.split(" ")[1]), rest);
        }
    }

    private static String configured(String execution, String name) throws Exception {
        Document build = DocumentBuilderFactory.newNSInstance()
                .newDocumentBuilder()
                .parse(Path.of("pom.xml").toFile());
        return XPathFactory.newInstance()
                .newXPath()
                .evaluate(
                        "//*[local-name()='execution'][*[local-name()='id']='" + execution
                                + "']/*[local-name()='configuration']/*[local-name()='" + name + "']",
                        build);
    }
}
