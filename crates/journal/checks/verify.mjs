// A verifier written apart from the Rust code, from the documents alone: RFC 6962 section 2.1, C2SP signed-note,
// tlog-checkpoint, tlog-tiles, tlog-cosignature, tlog-proof and tlog-witness. It needs nothing but Node.
//
//   node verify.mjs FOLDER OLD-CHECKPOINT ADD-CHECKPOINT-REQUEST PROOF VKEY WITNESS-VKEY
//
// FOLDER is an exported journal. Exit 0: all of it fits; 1: something does not (said on the error output).
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const leafHash = (leaf) => sha256(Buffer.of(0), leaf);
const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);

function need(condition, words) {
  if (!condition) throw new Error(words);
}

// Merkle Tree Hash, straight from the definition: split at the largest power of two smaller than n.
function treeHash(leaves) {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0];
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
}

// The root that an inclusion proof leads to, by recursion over the same split (not by the algorithm of RFC 9162).
function rootFromInclusion(leaf, index, size, proof) {
  if (size === 1) {
    need(proof.length === 0 && index === 0, "inclusion proof: wrong length");
    return leaf;
  }
  need(proof.length > 0, "inclusion proof: too short");
  let k = 1;
  while (k * 2 < size) k *= 2;
  const sibling = proof.at(-1);
  const rest = proof.slice(0, -1);
  return index < k
    ? nodeHash(rootFromInclusion(leaf, index, k, rest), sibling)
    : nodeHash(sibling, rootFromInclusion(leaf, index - k, size - k, rest));
}

// Both roots that a consistency proof leads to, by recursion over SUBPROOF of RFC 6962 section 2.1.2.
function rootsFromConsistency(old, size, proof, oldRoot, whole = true) {
  if (old === size) {
    if (whole) {
      need(proof.length === 0, "consistency proof: too long");
      return [oldRoot, oldRoot];
    }
    need(proof.length === 1, "consistency proof: wrong length");
    return [proof[0], proof[0]];
  }
  need(proof.length > 0, "consistency proof: too short");
  let k = 1;
  while (k * 2 < size) k *= 2;
  const sibling = proof.at(-1);
  const rest = proof.slice(0, -1);
  if (old <= k) {
    const [before, after] = rootsFromConsistency(old, k, rest, oldRoot, whole);
    return [before, nodeHash(after, sibling)];
  }
  const [before, after] = rootsFromConsistency(old - k, size - k, rest, oldRoot, false);
  return [nodeHash(sibling, before), nodeHash(sibling, after)];
}

function parseKey(text) {
  const [name, id, ...rest] = text.split("+");
  const bytes = Buffer.from(rest.join("+"), "base64");
  need(bytes.length === 33, "vkey: wrong length");
  const expected = sha256(name, "\n", bytes).subarray(0, 4);
  need(expected.toString("hex") === id, "vkey: wrong key ID");
  // SubjectPublicKeyInfo of Ed25519 (RFC 8410) is this prefix and the key.
  const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), bytes.subarray(1)]);
  return { name, id, type: bytes[0], key: createPublicKey({ key: der, format: "der", type: "spki" }) };
}

// The text of a note with the signatures of a key, each checked.
function openNote(note, key) {
  const cut = note.lastIndexOf("\n\n");
  need(cut > 0 && note.endsWith("\n"), "note: no signatures");
  const text = note.slice(0, cut + 1);
  let signed = 0;
  for (const line of note.slice(cut + 2, -1).split("\n")) {
    const [dash, name, base64] = line.split(" ");
    need(dash === "—" && base64, "note: not a signature line");
    const bytes = Buffer.from(base64, "base64");
    if (name !== key.name || bytes.subarray(0, 4).toString("hex") !== key.id) continue;
    if (key.type === 1) {
      need(verify(null, text, key.key, bytes.subarray(4)), `signature of ${name} does not verify`);
    } else {
      need(key.type === 4 && bytes.length === 76, "cosignature: wrong length");
      const time = bytes.readBigUInt64BE(4);
      const message = `cosignature/v1\ntime ${time}\n${text}`;
      need(verify(null, message, key.key, bytes.subarray(12)), `cosignature of ${name} does not verify`);
    }
    signed += 1;
  }
  need(signed > 0, `no signature of ${key.name}`);
  return text;
}

function parseCheckpoint(text) {
  const [origin, size, root] = text.split("\n");
  need(/^(0|[1-9][0-9]*)$/.test(size), "checkpoint: size");
  return { origin, size: Number(size), root: Buffer.from(root, "base64") };
}

function tilePath(number, width) {
  let path = String(number % 1000).padStart(3, "0");
  for (let rest = Math.floor(number / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    path = `x${String(rest % 1000).padStart(3, "0")}/${path}`;
  }
  return width === 256 ? path : `${path}.p/${width}`;
}

// Bodies that were disposed of (docs/verification.md, "Lawful removal"): in the place of the body stands a husk that holds
// the leaf hash; a later entry of the disposal names position, leaf hash and SHA-256 of the husk, and before that entry one
// account asked for the disposal and another approved it.
function removals() {
  const husks = [];
  const acts = [];
  const told = [];
  return {
    // The leaf hash that stands in the place of the body; undefined for an entry with its body.
    look(position, body) {
      if (!/^\{"act":"(removed|dispose|transition:ask|transition:approve)",/.test(body.subarray(0, 40).toString())) return;
      const entry = JSON.parse(body);
      if (entry.act === "removed") {
        const { disposal, leaf } = entry.changes.removed.after;
        husks.push({ position, disposal, leaf, digest: sha256(body).toString("hex") });
        return Buffer.from(leaf, "hex");
      }
      if (entry.ledger !== "disposal") return;
      const { account, person } = entry.actor;
      if (entry.act !== "dispose") acts.push({ act: entry.act, disposal: entry.record, position, account, person });
      else for (const [, at, leaf, digest] of entry.changes.dispose.after.entries) told.push({ at, leaf, digest, disposal: entry.record, position });
    },
    judge() {
      for (const husk of husks) {
        const lawful = told.some((one) => {
          if (one.at !== husk.position || one.position <= husk.position || one.disposal !== husk.disposal) return false;
          if (one.leaf !== husk.leaf || one.digest !== husk.digest) return false;
          const own = acts.filter((act) => act.disposal === husk.disposal && act.position < one.position);
          return own.some((yes) => {
            const ask = own.findLast((act) => act.act === "transition:ask" && act.position < yes.position);
            return yes.act === "transition:approve" && ask && ask.account !== yes.account && (!ask.person || ask.person !== yes.person);
          });
        });
        need(lawful, `entry ${husk.position} was removed without a decision of two people`);
      }
    },
  };
}

function main([folder, before, request, proof, vkey, witness]) {
  const key = parseKey(vkey);
  const note = readFileSync(join(folder, "checkpoint"), "utf8");
  const text = openNote(note, key);
  openNote(note, parseKey(witness));
  const checkpoint = parseCheckpoint(text);
  need(checkpoint.origin === key.name, "checkpoint: origin");

  // Every entry, from its bundle, against its level-0 tile and the root; every higher tile against its definition.
  const leaves = [];
  const removed = removals();
  for (let number = 0; number * 256 < checkpoint.size; number += 1) {
    const width = Math.min(256, checkpoint.size - number * 256);
    const bundle = readFileSync(join(folder, "tile/entries", tilePath(number, width)));
    const tile = readFileSync(join(folder, "tile/0", tilePath(number, width)));
    need(tile.length === width * 32, "tile: wrong length");
    let at = 0;
    for (let place = 0; place < width; place += 1) {
      const length = bundle.readUInt16BE(at);
      const leaf = bundle.subarray(at + 2, at + 2 + length);
      const long = /^\{"long":\{"bytes":\d+,"sha256":"([0-9a-f]{64})"\}\}$/.exec(leaf.toString());
      const body = long ? readFileSync(join(folder, "long", long[1])) : leaf;
      need(!long || sha256(body).toString("hex") === long[1], `entry ${number * 256 + place}: its long body was altered`);
      const hash = removed.look(number * 256 + place, body) ?? leafHash(leaf);
      need(hash.equals(tile.subarray(place * 32, place * 32 + 32)), `entry ${number * 256 + place} does not fit its tile`);
      leaves.push(hash);
      at += 2 + length;
    }
    need(at === bundle.length, "bundle: wrong length");
  }
  need(treeHash(leaves).equals(checkpoint.root), "the entries do not lead to the root of the checkpoint");
  removed.judge();
  const above = Math.floor(checkpoint.size / 256);
  if (above > 0) {
    const tile = readFileSync(join(folder, "tile/1", tilePath(0, Math.min(256, above))));
    for (let place = 0; place < Math.min(256, above); place += 1) {
      const hash = treeHash(leaves.slice(place * 256, place * 256 + 256));
      need(hash.equals(tile.subarray(place * 32, place * 32 + 32)), `tile 1/0, place ${place}`);
    }
  }

  // The old checkpoint is continued by the new one, as a witness is asked to believe.
  const old = parseCheckpoint(openNote(readFileSync(before, "utf8"), key));
  const [head, ...rest] = readFileSync(request, "utf8").split("\n\n");
  const [first, ...lines] = head.split("\n");
  need(first === `old ${old.size}`, "request: old size");
  const asked = parseCheckpoint(openNote(rest.join("\n\n"), key));
  const hashes = lines.map((line) => Buffer.from(line, "base64"));
  const [one, two] = rootsFromConsistency(old.size, asked.size, hashes, old.root);
  need(one.equals(old.root) && two.equals(asked.root), "consistency proof does not hold");

  // The proof file: its entry is under its checkpoint.
  const [evidence, ...note2] = readFileSync(proof, "utf8").split("\n\n");
  const [format, extra, index, ...path] = evidence.split("\n");
  need(format === "c2sp.org/tlog-proof@v1", "proof: format");
  const sealed = parseCheckpoint(openNote(note2.join("\n\n"), key));
  const leaf = leafHash(Buffer.from(extra.replace("extra ", ""), "base64"));
  const position = Number(index.replace("index ", ""));
  const root = rootFromInclusion(leaf, position, sealed.size, path.map((line) => Buffer.from(line, "base64")));
  need(root.equals(sealed.root), "inclusion proof does not hold");
  console.log(`${checkpoint.size} entries, consistent from ${old.size}, entry ${position} included`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
