#!/usr/bin/env python3
"""mkimage.py OUT.tar < images.json: writes an archive that a container runtime imports, with no registry and no daemon.

images.json: [{"names": ["a:1"], "layers": ["rootfs.tar"], "config": {"User": "", "Entrypoint": [], "Cmd": [], "Env": []}}]; a layer of several images is stored once."""
import hashlib, io, json, os, platform, sys, tarfile

out, images, epoch = sys.argv[1], json.load(sys.stdin), "1970-01-01T00:00:00Z"
architecture = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


digests = {path: digest(path) for path in dict.fromkeys(layer for image in images for layer in image["layers"])}
with tarfile.open(out + ".new", "w") as archive:

    def put(name, data):
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))

    for path, sha in digests.items():
        info = tarfile.TarInfo(f"{sha}/layer.tar")
        info.size = os.path.getsize(path)
        with open(path, "rb") as file:
            archive.addfile(info, file)
    manifest = []
    for image in images:
        ids = [digests[layer] for layer in image["layers"]]
        config = json.dumps({"created": epoch, "architecture": architecture, "os": "linux", "config": {k: v for k, v in image["config"].items() if v},
                             "rootfs": {"type": "layers", "diff_ids": [f"sha256:{sha}" for sha in ids]}, "history": [{"created": epoch} for _ in ids]}).encode()
        name = hashlib.sha256(config).hexdigest() + ".json"
        put(name, config)
        manifest.append({"Config": name, "RepoTags": image["names"], "Layers": [f"{sha}/layer.tar" for sha in ids]})
    put("manifest.json", json.dumps(manifest).encode())
os.rename(out + ".new", out)
