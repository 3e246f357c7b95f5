print("hyperembed")
