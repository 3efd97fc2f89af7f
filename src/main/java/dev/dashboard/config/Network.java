package dev.dashboard.config;

import java.net.InetAddress;

/** An address or a range of addresses, such as {@code 10.0.0.0/8}; no name is ever looked up. */
public record Network(InetAddress address, int prefix) {

    /** Reads {@code ADDRESS} or {@code ADDRESS/BITS}; throws IllegalArgumentException on anything else. */
    public static Network parse(String text) {
        int slash = text.indexOf('/');
        InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
        int bits = address.getAddress().length * 8;
        int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
        if (prefix < 0 || prefix > bits) {
            throw new IllegalArgumentException("prefix length " + prefix);
        }
        return new Network(address, prefix);
    }

    public boolean contains(InetAddress other) {
        byte[] mine = address.getAddress();
        byte[] theirs = other.getAddress();
        if (mine.length != theirs.length) {
            return false;
        }
        for (int bit = 0; bit < prefix; bit++) {
            int mask = 0x80 >> (bit % 8);
            if ((mine[bit / 8] & mask) != (theirs[bit / 8] & mask)) {
                return false;
            }
        }
        return true;
    }
}
